//! A node as a child process, with its log in a file.

use super::{Api, PATIENCE};
use rustix::process::{Pid, Signal, kill_process};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The binary under test.
pub(crate) const EPIONE: &str = env!("CARGO_BIN_EXE_epione");
/// Lines of a log that are shown when something went wrong.
const TAIL: usize = 12;

/// A node.
pub(crate) struct Node {
    /// The folder of its organization.
    pub(crate) folder: PathBuf,
    /// Its HTTP interface.
    pub(crate) api: Api,
    /// The release that it runs.
    pub(crate) program: PathBuf,
    child: Option<Child>,
}

impl Node {
    /// The node with its configuration in `folder`, which serves HTTP on `port`. It does not run yet.
    pub(crate) fn new(folder: PathBuf, port: u16) -> Self {
        Self { folder, api: Api::new(port), program: EPIONE.into(), child: None }
    }

    pub(crate) fn name(&self) -> String {
        self.folder.file_name().unwrap().to_string_lossy().into_owned()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("node.toml")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join("log")
    }

    pub(crate) fn was_started(&self) -> bool {
        self.log_path().exists()
    }

    /// All that the node wrote, in all its lives.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    pub(crate) fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    /// What starts the node: to be run as it is, or by way of a shell.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("node").arg("--config").arg(self.config()).arg("--exit-on-stdin-close");
        command
    }

    /// What starts the node below a limit that a shell sets.
    pub(crate) fn limited(&self, limit: &str) -> Command {
        let own = self.command();
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{limit}; exec \"$0\" \"$@\"")).arg(own.get_program()).args(own.get_args());
        command
    }

    /// Starts the node.
    pub(crate) fn start(&mut self) {
        let command = self.command();
        self.start_as(command);
    }

    /// Starts the node by `command`.
    pub(crate) fn start_as(&mut self, mut command: Command) {
        assert!(!self.is_running(), "{} runs already", self.name());
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let child = command
            // The node ends when this process does and so closes the other end.
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_none())
    }

    /// Ends the process at once, without its doing (`kill -9`).
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    /// Its number, as long as it runs.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().expect("the node runs").id()
    }

    /// Has the process crash, as after a bug in a library: by SIGABRT, which dumps core where that is allowed.
    pub(crate) fn crash(&mut self) -> ExitStatus {
        let child = self.child.as_ref().expect("the node runs");
        kill_process(Pid::from_child(child), Signal::ABORT).unwrap();
        self.ended()
    }

    /// Asks the process to end.
    pub(crate) fn terminate(&self) {
        let child = self.child.as_ref().expect("the node runs");
        kill_process(Pid::from_child(child), Signal::TERM).unwrap();
    }

    /// Waits until the process has ended.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let mut child = self.child.take().expect("the node was started");
        let status = ends(&mut child, PATIENCE);
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        status.unwrap_or_else(|| panic!("{} did not end in {PATIENCE:?}\n{}", self.name(), self.log_tail()))
    }

    /// Stops the process as an operator does.
    pub(crate) fn stop(&mut self) {
        self.terminate();
        let status = self.ended();
        assert!(status.success(), "{} ended with {status}\n{}", self.name(), self.log_tail());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The status of a process that ends in time.
pub(crate) fn ends(child: &mut Child, patience: Duration) -> Option<ExitStatus> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if begin.elapsed() > patience {
            return None;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Runs `epione` with these arguments: exit code and standard error. A process that does not end is killed.
pub(crate) fn epione(args: &[&str], paths: &[&Path]) -> (Option<i32>, String) {
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(EPIONE);
    command.args(args).args(paths).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.reopen().unwrap());
    let mut child = command.spawn().unwrap();
    let status = ends(&mut child, PATIENCE);
    let _ = child.kill();
    let _ = child.wait();
    (status.and_then(|status| status.code()), fs::read_to_string(log.path()).unwrap())
}
