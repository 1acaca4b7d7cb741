//! A sandbox for tests: a temporary folder, real git, and the real binary, each with a clean environment.
//!
//! Input: files and commands. Output: what git and the program print and write, the same on every machine. Not here: the
//! expected results.
//!
//! ```ignore
//! mod support;
//! let sandbox = support::Sandbox::new();
//! sandbox.init("flask-app");                                  // an empty repository on branch main
//! sandbox.write("flask-app/README.md", "# App\n");
//! let first = sandbox.commit("flask-app", "First");           // adds everything; returns the commit's id
//! let run = sandbox.run(&["check", "--store", "guardrails"]); // the real program, in the sandbox's folder
//! assert_eq!((run.code, run.stderr.as_str()), (0, ""));
//! assert_eq!(run.stdout, "…");                                // the sandbox's path is replaced by [DIR]
//! ```
//!
//! The result does not depend on the machine: `HOME` is an empty folder beside the files, git reads no system configuration,
//! names and dates are fixed (each commit is a minute later than the one before), the time zone is UTC, and there are no colors.

#![allow(clippy::missing_panics_doc, clippy::must_use_candidate)]

pub mod any;
pub mod blocks;
pub mod hub;
pub mod library;
pub mod saved_plan;
pub mod schema;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// When the first commit of every sandbox is made: 2026-01-05 09:00:00 UTC.
pub const FIRST_COMMIT: i64 = 1_767_603_600;

/// The output of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Stdout, with the sandbox's path replaced by `[DIR]`.
    pub stdout: String,
    /// Stderr, with the sandbox's path replaced by `[DIR]`.
    pub stderr: String,
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
}

impl Run {
    /// The findings of a JSON output, each as its code and its lesson, sorted.
    pub fn codes_and_lessons(&self) -> Vec<String> {
        let page: serde_json::Value = serde_json::from_str(&self.stdout).expect("JSON");
        let rows = page["findings"].as_array().expect("findings").iter();
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().expect("a text").to_owned();
        let mut found: Vec<String> = rows
            .map(|row| format!("{} {}", text(row, "code"), text(row, "lesson")))
            .collect();
        found.sort();
        found
    }
}

/// A temporary folder with its own home; everything is deleted when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    _folder: tempfile::TempDir,
    root: PathBuf,
    home: PathBuf,
    commits: Cell<i64>,
}

impl Sandbox {
    /// An empty one.
    pub fn new() -> Self {
        let folder = lessonbook_github_standin::temporary_folder();
        let top = folder.path().canonicalize().expect("a folder");
        let (root, home) = (top.join("files"), top.join("home"));
        fs::create_dir(&root).expect("a folder");
        fs::create_dir(&home).expect("a folder");
        let config = "[init]\n\tdefaultBranch = main\n\ttemplateDir = \n[user]\n\tname = Dana\n\temail = dana@example.com\n[gc]\n\tauto = 0\n\
                      [maintenance]\n\tauto = false\n[protocol \"file\"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n";
        fs::write(home.join(".gitconfig"), config).expect("a file");
        Sandbox {
            _folder: folder,
            root,
            home,
            commits: Cell::new(0),
        }
    }

    /// The folder of the files, without links in its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below it.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Writes a file, with the folders above it.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a folder above")).expect("folders");
        fs::write(path, bytes).expect("a file");
    }

    /// A file's bytes.
    pub fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Every file below a folder with its bytes, `.git` included; a link's are its target path. Empty folders are left out.
    pub fn files(&self, path: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_symlink() {
                    let target = fs::read_link(&path).expect("a link");
                    files.insert(path, target.into_os_string().into_encoded_bytes());
                } else if path.is_dir() {
                    collect(&path, files);
                } else {
                    let bytes = fs::read(&path).expect("a file");
                    files.insert(path, bytes);
                }
            }
        }
        let mut files = BTreeMap::new();
        collect(&self.path(path), &mut files);
        files
    }

    /// Makes a repository with the branch `main` and no commit.
    pub fn init(&self, path: &str) {
        self.git(".", &["init", "--quiet", path]);
    }

    /// Makes a repository with these files in one commit; gives its id.
    pub fn repository(&self, path: &str, files: &[(&str, &str)]) -> String {
        self.init(path);
        for (file, text) in files {
            self.write(&format!("{path}/{file}"), text);
        }
        self.commit(path, "First")
    }

    /// Adds everything and commits it; gives the commit's id.
    pub fn commit(&self, path: &str, message: &str) -> String {
        self.git(path, &["add", "--all"]);
        self.git(path, &["commit", "--quiet", "--allow-empty", "-m", message]);
        self.head(path)
    }

    /// The current commit's id, read as a file where that is possible: starting git is a third of a commit's time.
    fn head(&self, path: &str) -> String {
        let folder = self.path(path).join(".git");
        let head = fs::read_to_string(folder.join("HEAD")).unwrap_or_default();
        let branch = head.trim_end().strip_prefix("ref: ");
        let id = branch.and_then(|branch| fs::read_to_string(folder.join(branch)).ok());
        id.map_or_else(
            || self.git(path, &["rev-parse", "HEAD"]),
            |id| id.trim_end().to_owned(),
        )
    }

    /// Runs git in a folder and returns its output, without the last line end; fails the test if git fails.
    pub fn git(&self, path: &str, args: &[&str]) -> String {
        let output = self.try_git(path, args);
        assert!(
            output.status.success(),
            "git {args:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        let text = String::from_utf8_lossy(&output.stdout);
        text.trim_end_matches('\n').to_owned()
    }

    /// Runs git in a folder, and also accepts a failure.
    pub fn try_git(&self, path: &str, args: &[&str]) -> Output {
        self.commits.set(self.commits.get() + 1);
        let date = format!("{} +0000", FIRST_COMMIT + 60 * (self.commits.get() - 1));
        self.clean(git())
            .args(args)
            .current_dir(self.path(path))
            .env("GIT_AUTHOR_DATE", &date)
            .env("GIT_COMMITTER_DATE", &date)
            .output()
            .expect("git runs")
    }

    /// Runs the program in the sandbox's folder.
    pub fn run(&self, args: &[&str]) -> Run {
        self.run_in(".", args)
    }

    /// Runs the program in a folder of the sandbox.
    pub fn run_in(&self, path: &str, args: &[&str]) -> Run {
        self.run_with(path, args, &[])
    }

    /// Runs the program in a folder of the sandbox with more in its environment.
    pub fn run_with(&self, path: &str, args: &[&str], environment: &[(&str, &str)]) -> Run {
        let output = self
            .clean(env!("CARGO_BIN_EXE_lessonbook"))
            .args(args)
            .current_dir(self.path(path))
            .envs(environment.iter().copied())
            .stdin(std::process::Stdio::null())
            .output()
            .expect("the program runs");
        Run {
            stdout: self.shown(&output.stdout),
            stderr: self.shown(&output.stderr),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Starts the program in a folder of the sandbox with more in its environment; its output is kept for [`Sandbox::ended`].
    pub fn start(&self, path: &str, args: &[&str], environment: &[(&str, &str)]) -> Child {
        self.clean(env!("CARGO_BIN_EXE_lessonbook"))
            .args(args)
            .current_dir(self.path(path))
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs")
    }

    /// Waits for a program that was started.
    pub fn ended(&self, child: Child) -> Run {
        let output = child.wait_with_output().expect("the program ends");
        Run {
            stdout: self.shown(&output.stdout),
            stderr: self.shown(&output.stderr),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Runs a script with `sh` up to the first line that fails, with the program in its path.
    pub fn shell(&self, path: &str, script: &str) -> Run {
        let program = Path::new(env!("CARGO_BIN_EXE_lessonbook"));
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let first = program.parent().map(Path::to_owned);
        let folders = first.into_iter().chain(std::env::split_paths(&folders));
        let output = self
            .clean("sh")
            .args(["-eu", "-c", script])
            .current_dir(self.path(path))
            .env("PATH", std::env::join_paths(folders).expect("folders"))
            .stdin(std::process::Stdio::null())
            .output()
            .expect("sh runs");
        Run {
            stdout: self.shown(&output.stdout),
            stderr: self.shown(&output.stderr),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Runs one test of this test binary again, alone, in a clean environment with more variables: for code that depends on variables
    /// that a test can't set for itself. The test finds the sandbox's folder in `LESSONBOOK_SANDBOX`; see [`sandbox_of_parent`].
    pub fn run_test(&self, test: &str, environment: &[(&str, &str)]) {
        let output = self
            .clean(std::env::current_exe().expect("a path"))
            .args([test, "--exact", "--nocapture", "--test-threads=1"])
            .env("LESSONBOOK_SANDBOX", &self.root)
            .envs(environment.iter().copied())
            .output()
            .expect("the test runs");
        let said = format!("{}{}", self.shown(&output.stdout), self.shown(&output.stderr));
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }

    /// A text with the sandbox's path replaced.
    pub fn shown(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).replace(&*self.root.to_string_lossy(), "[DIR]")
    }

    fn clean(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear();
        for kept in ["PATH", "SystemRoot", "TMPDIR"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
            .env("HOME", &self.home)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CEILING_DIRECTORIES", &self.root)
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .env("TZ", "UTC");
        command
    }
}

/// The git of the search path. With a changed environment, std starts a program without a path by a fork of the whole test process;
/// with its path it needs none, which saves a third of the suite's time.
fn git() -> &'static Path {
    static GIT: OnceLock<PathBuf> = OnceLock::new();
    GIT.get_or_init(|| {
        let name = format!("git{}", std::env::consts::EXE_SUFFIX);
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut places = std::env::split_paths(&folders).map(|folder| folder.join(&name));
        places
            .find(|place| place.is_file())
            .unwrap_or_else(|| name.clone().into())
    })
}

/// In a test that was started by [`Sandbox::run_test`]: the folder of the sandbox that started it.
pub fn sandbox_of_parent() -> Option<PathBuf> {
    std::env::var_os("LESSONBOOK_SANDBOX").map(PathBuf::from)
}
