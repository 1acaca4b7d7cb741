//! `lessonbook schema`: prints JSON Schemas, for editors and scripts.

use clap::{Args, ValueEnum};

use super::{Context, Exit};

/// Print the JSON Schema of a file of the store, or of a saved plan
///
/// Editors that read the yaml-language-server line at the top of a lesson use the schema to check and complete it while you write.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SchemaArgs {
    /// The kind of file
    #[arg(value_name = "FILE")]
    file: SchemaKind,
}

const EXAMPLES: &str = "\
Examples:
  lessonbook schema lesson > docs/schema/lesson.json
  lessonbook schema targets > docs/schema/targets.json
  lessonbook schema plan";

/// A kind of file with a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaKind {
    /// A lesson's file.
    #[value(help = "lessons/<topic>/<id>.yaml")]
    Lesson,
    /// targets.yaml
    Targets,
    /// The file that `plan --out` writes
    Plan,
}

/// Prints the schema.
pub fn run(args: &SchemaArgs, context: &Context) -> anyhow::Result<Exit> {
    let schema = match args.file {
        SchemaKind::Lesson => LESSON,
        SchemaKind::Targets => TARGETS,
        SchemaKind::Plan => PLAN,
    };
    context.printer.data(schema)?;
    Ok(Exit::Done)
}

/// The JSON Schema of a lesson's file.
pub const LESSON: &str = include_str!("../../docs/schema/lesson.json");
/// The JSON Schema of `targets.yaml`.
pub const TARGETS: &str = include_str!("../../docs/schema/targets.json");
/// The JSON Schema of a saved plan.
pub const PLAN: &str = include_str!("../../docs/schema/plan.json");
