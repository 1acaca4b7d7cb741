//! `lessonbook man`: writes manual pages to a folder, for packagers.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit};
use crate::report::findings::counted;
use crate::repository;
use lessonbook_base::edit::FileState;
use lessonbook_base::tree::Mode;

/// Write the manual pages to a folder
///
/// One page for the program and one for each command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// The folder, which is created if it does not exist
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook man target/man
  lessonbook man ~/.local/share/man/man1";

/// Writes the pages.
pub fn run(args: &ManArgs, context: &Context) -> anyhow::Result<Exit> {
    let pages = pages()?;
    let files = pages.iter().map(|(name, page)| (name.as_str(), page));
    repository::write_folder(&args.dir, files)?;
    context.printer.talk(&format!(
        "man: {} in {}",
        counted(pages.len(), "page"),
        args.dir.display()
    ));
    Ok(Exit::Done)
}

/// File names and contents.
fn pages() -> std::io::Result<Vec<(String, FileState)>> {
    let mut root = crate::cli::command();
    root.build();
    let mut pages = vec![page(root.clone())?];
    for name in crate::cli::subcommands(&root) {
        if let Some(sub) = root.find_subcommand(&name) {
            pages.push(page(sub.clone())?);
        }
    }
    Ok(pages)
}

fn page(command: clap::Command) -> std::io::Result<(String, FileState)> {
    let man = clap_mangen::Man::new(command).manual("Lessonbook manual");
    let mut page = Vec::new();
    man.render(&mut page)?;
    let state = FileState {
        mode: Mode::File,
        bytes: page.into(),
    };
    Ok((man.get_filename(), state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_the_program_and_for_each_command() {
        let pages = pages().unwrap();
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        assert!(
            names.contains(&"lessonbook.1") && names.contains(&"lessonbook-entry-points.1"),
            "{names:?}"
        );
        assert!(!names.contains(&"lessonbook-help.1"));
        let mut root = crate::cli::command();
        root.build();
        assert_eq!(pages.len(), crate::cli::subcommands(&root).len() + 1);
        for (name, page) in pages {
            let page = String::from_utf8(page.bytes.to_vec()).unwrap();
            assert!(
                page.contains("Examples:") && page.contains(".SH OPTIONS"),
                "{name}: {page}"
            );
        }
    }
}
