//! Where the commands of the page are run: a server and a desk in one folder, beside a consortium of four.
//!
//! What a test cannot do as it stands is done otherwise, and nothing else is:
//! - `/etc`, `/var/lib` and `/usr/local/bin` lie in the folder; files get no other owner (`-o epione -g epione`, `chown`,
//!   `useradd`);
//! - `systemctl` starts and stops the process that the installed unit names, with its credential;
//! - the members have set `vote_key_interval_ms` to 1, since three vote keys are replaced within minutes;
//! - addresses are free ports of this machine, `prop1…` and `tx1…` what the test tells.

use crate::{
    consortium::{Consortium, EPIONE, Node, PATIENCE, Pen, ends, private},
    members::decide,
};
use epione_modules::network::{Change, Parameter};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What protects the keys of the newcomer, and that of its node.
pub(super) const PASSPHRASES: [&str; 2] = ["correct horse battery staple", "donkey capacitor paper clip"];
/// The place of the newcomer's node among those of the consortium.
pub(super) const OWN: usize = 4;
/// The unit, as it is installed.
const UNIT: &str = "/etc/systemd/system/epione.service";

/// A consortium, and somebody with a server and a desk.
pub(super) struct Stage {
    pub(super) consortium: Consortium,
    pub(super) folder: PathBuf,
    /// What stands for what.
    texts: Vec<(String, String)>,
    node: String,
}

/// Who types.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// The newcomer, on its server or its desk.
    Own,
    /// The organization with this node of the consortium.
    Member(usize),
}

/// What a command said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) code: Option<i32>,
    pub(super) text: String,
}

impl Stage {
    /// Four nodes with short epochs, and the newcomer with nothing but what a release and the other members give.
    pub(super) fn set() -> Self {
        let mut consortium = Consortium::found_with(&["--epoch-blocks", "8"]);
        consortium.start_all();
        // The newcomer replaces its vote key three times within minutes.
        let mut voters: Vec<Pen> = (0..4).map(|at| consortium.pen(at, 8)).collect();
        let (parameter, height) = (Parameter::VoteKeyIntervalMs, consortium.nodes[0].api.height().unwrap() + 20);
        decide(&consortium, Change::SetParameter { parameter, value: 1, height }, &mut voters);
        let folder = consortium.dir().join("bayview");
        for made in ["etc/systemd/system", "usr/local/bin", "var/lib"] {
            fs::create_dir_all(folder.join(made)).unwrap();
        }
        symlink(EPIONE, folder.join("epione")).unwrap();
        symlink(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy"), folder.join("deploy")).unwrap();
        fs::copy(consortium.dir().join("genesis.json"), folder.join("genesis.json")).unwrap();
        for (file, passphrase) in ["bayview.passphrase", "vote.passphrase"].into_iter().zip(PASSPHRASES) {
            private(&folder.join(file), passphrase);
        }
        let first = consortium.nodes[0].api.address.port() + 12;
        consortium.nodes.push(Node::new(folder.join("etc/epione"), first));
        let at = |port: u16| format!("127.0.0.1:{port}");
        let inside = |path: &str| (path.to_owned(), format!("{}{path}", folder.display()));
        let texts = vec![
            inside("/etc"),
            inside("/var/lib"),
            inside("/usr/local/bin"),
            (" -o epione -g epione".to_owned(), String::new()),
            ("127.0.0.1:7400".to_owned(), at(first)),
            ("203.0.113.5:7401".to_owned(), at(first + 1)),
            ("203.0.113.5:7402".to_owned(), at(first + 2)),
            ("https://ledger.lakeside.example".to_owned(), consortium.nodes[0].api.url("")),
        ];
        let node = consortium.nodes[OWN].api.url("");
        Self { consortium, folder, texts, node }
    }

    /// From now on `short` in a command is `whole`.
    pub(super) fn tell(&mut self, short: &str, whole: &str) {
        self.texts.push((short.to_owned(), whole.to_owned()));
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        PathBuf::from(self.meant(path))
    }

    fn meant(&self, command: &str) -> String {
        self.texts.iter().fold(command.to_owned(), |command, (short, whole)| command.replace(short, whole))
    }

    /// Runs the commands of a block, which all succeed; what the last said.
    pub(super) fn run(&mut self, at: At, block: &[String]) -> String {
        block.iter().map(|command| self.done(at, command)).last().unwrap_or_default()
    }

    /// Runs a command, which succeeds.
    pub(super) fn done(&mut self, at: At, command: &str) -> String {
        match command.split_whitespace().next() {
            Some("systemctl") => self.systemctl(command),
            Some("useradd" | "chown") => String::new(),
            _ => {
                let said = self.typed(at, command);
                assert_eq!(said.code, Some(0), "{at:?}: {command}\n{}\n{}", said.text, self.consortium.report());
                said.text
            }
        }
    }

    /// Runs a command.
    pub(super) fn typed(&self, at: At, command: &str) -> Said {
        let (folder, node) = match at {
            At::Own => (&self.folder, self.node.clone()),
            At::Member(at) => (&self.consortium.nodes[at].folder, self.consortium.nodes[at].api.url("")),
        };
        let said = tempfile::NamedTempFile::new().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut child = Command::new("sh")
            .args(["-euc", &self.meant(command)])
            .current_dir(folder)
            .env("PATH", format!("{}:{path}", self.path("/usr/local/bin").display()))
            .env("EPIONE_NODE", node)
            .stdin(Stdio::null())
            .stdout(said.reopen().unwrap())
            .stderr(Stdio::from(fs::File::options().append(true).open(said.path()).unwrap()))
            .spawn()
            .unwrap();
        let status = ends(&mut child, PATIENCE);
        let _ = child.kill();
        let _ = child.wait();
        let text = fs::read_to_string(said.path()).unwrap();
        Said { code: status.and_then(|status| status.code()), text }
    }

    /// The JSON that a command of the newcomer writes.
    pub(super) fn json(&mut self, command: &str) -> Value {
        let text = self.done(At::Own, command);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{command}: {error}: {text}"))
    }

    fn systemctl(&mut self, command: &str) -> String {
        match command {
            "systemctl daemon-reload" => {}
            "systemctl enable --now epione" | "systemctl start epione" => self.start(),
            "systemctl stop epione" | "systemctl disable --now epione" => self.consortium.nodes[OWN].stop(),
            "systemctl restart epione" => {
                self.consortium.nodes[OWN].stop();
                self.start();
            }
            other => panic!("what does `{other}` do?"),
        }
        String::new()
    }

    /// Starts what the unit names as it does: with a folder for the data, and the credential.
    fn start(&mut self) {
        let unit = fs::read_to_string(self.path(UNIT)).unwrap();
        let line = |name: &str| {
            let found = unit.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
            self.meant(found)
        };
        fs::create_dir_all(self.path(&format!("/var/lib/{}", line("StateDirectory=")))).unwrap();
        let credentials = self.folder.join("run");
        fs::create_dir_all(&credentials).unwrap();
        let credential = line("LoadCredential=");
        let (name, file) = credential.split_once(':').unwrap();
        fs::copy(file, credentials.join(name)).unwrap();
        let started = line("ExecStart=");
        let mut words = started.split_whitespace();
        let mut command = Command::new(words.next().unwrap());
        command.args(words).arg("--exit-on-stdin-close").env("CREDENTIALS_DIRECTORY", credentials);
        self.consortium.nodes[OWN].start_as(command);
    }
}
