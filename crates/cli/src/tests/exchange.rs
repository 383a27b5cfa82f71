//! A fake node with an exchange: it takes transactions as final, answers from a table, and remembers what it was asked.

use super::{
    client::{response, status},
    output::Kept,
};
use crate::{
    Failure, Format, Output,
    keys::{KeyFile, Protection, Purpose},
    verbs,
};
use clap::{ArgMatches, Command};
use epione_modules::ALL;
use epione_types::{ChainId, IdentityId, OrgId, SignedTx, SignerId};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

/// The chain of the fake node.
pub(super) const CHAIN: ChainId = ChainId([1; 32]);

/// What a node was asked: method and target, and the body.
pub(super) type Asked = (String, Vec<u8>);

/// A fake node.
pub(super) struct Exchange {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What a command did.
pub(super) struct Ran {
    pub(super) result: Result<(), Failure>,
    /// What it wrote to the standard output.
    pub(super) text: String,
}

impl Exchange {
    /// A node that answers so to what begins so, such as `POST /v1/exchange/readers`; the first that fits counts.
    pub(super) async fn new(answers: &[(&str, Value)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let mut answers: Vec<(String, Value)> =
            answers.iter().map(|(begin, value)| ((*begin).to_owned(), value.clone())).collect();
        answers.push(("GET /v1/status".to_owned(), status(CHAIN, 1_700_000_000_000)));
        answers.push(("GET /v1/signers/".to_owned(), json!({ "next_seq": 1 })));
        let heard = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answers.clone(), Arc::clone(&heard)));
            }
        });
        Self { url, asked }
    }

    /// Runs a command line against the node, for programs.
    pub(super) async fn run(&self, line: &[&str]) -> Ran {
        self.run_without_node(&[line, &["--node", &self.url]].concat()).await
    }

    /// Runs a command line that asks no node.
    pub(super) async fn run_without_node(&self, line: &[&str]) -> Ran {
        let kept = Kept::default();
        let mut out = Output::new(Format::Json, Box::new(kept.clone()), Box::new(std::io::sink()));
        let line = ["epione"].iter().chain(line).copied();
        let matches = Command::new("epione").subcommands(verbs::commands(ALL)).try_get_matches_from(line).unwrap();
        let (name, matches): (&str, &ArgMatches) = matches.subcommand().unwrap();
        let result = verbs::run(ALL, name, matches, &mut out).await;
        Ran { result, text: kept.text() }
    }

    /// What was asked of the exchange: method and path with parameters below `/v1/exchange/`, and the body.
    pub(super) fn exchanged(&self) -> Vec<Asked> {
        let asked = self.asked.lock().unwrap().clone();
        let own = asked.into_iter().filter(|(line, _)| line.contains(" /v1/exchange/"));
        own.map(|(line, body)| (line.replace("/v1/exchange/", ""), body)).collect()
    }

    /// The calls of all transactions: module, name, fields.
    pub(super) fn calls(&self) -> Vec<(&'static str, &'static str, Value)> {
        let asked = self.asked.lock().unwrap();
        let txs = asked.iter().filter(|(line, _)| line.starts_with("POST /v1/tx"));
        let txs = txs.map(|(_, body)| SignedTx::from_bytes(body).unwrap());
        let calls = txs.flat_map(|tx| {
            tx.signature.verify(&tx.tx.signing_bytes()).unwrap();
            assert_eq!(tx.tx.chain, CHAIN);
            tx.tx.calls.into_vec()
        });
        let named = calls.map(|call| {
            let module = ALL.iter().find(|module| module.id() == call.module).unwrap();
            let of = module.surface().calls.iter().find(|doc| doc.item.item.number == call.call).unwrap();
            (module.name(), of.item.item.name, module.call_to_json(call.call, &call.body).unwrap())
        });
        named.collect()
    }
}

impl Ran {
    /// The JSON that it wrote, one value a line.
    pub(super) fn values(&self) -> Vec<Value> {
        if let Err(error) = &self.result {
            panic!("{error:?}");
        }
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Why it failed.
    pub(super) fn failure(&self) -> String {
        self.result.as_ref().unwrap_err().to_string()
    }
}

/// A folder with the key of an identity, and of an organization.
pub(super) fn keys() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, purpose, signer| {
        let path: PathBuf = folder.path().join(name);
        let key = KeyFile { signer: Some(signer), chain: Some(CHAIN), ..KeyFile::generate(purpose).unwrap() };
        key.create(&path, &Protection::None).unwrap();
        shown(&path)
    };
    let person = write("person.key", Purpose::Identity, SignerId::Identity(IdentityId([5; 16])));
    let org = write("operations.key", Purpose::Operations, SignerId::Organization(OrgId([7; 16])));
    (folder, person, org)
}

pub(super) fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The body of a request as JSON.
pub(super) fn body(asked: &Asked) -> Value {
    serde_json::from_slice(&asked.1).unwrap()
}

async fn serve(mut stream: TcpStream, answers: Vec<(String, Value)>, asked: Arc<Mutex<Vec<Asked>>>) {
    let Some((line, body)) = heard(&mut stream).await else { return };
    let found = answers.iter().find(|(begin, _)| line.starts_with(begin.as_str()));
    let (status, answer) = match found {
        Some((_, Value::Number(status))) => {
            let status = u16::try_from(status.as_u64().unwrap()).unwrap();
            (
                status,
                json!({ "type": "urn:epione:problem:elsewhere", "title": "A title", "status": status, "detail": "why" }),
            )
        }
        Some((_, Value::String(reject))) => {
            let problem = json!({ "type": "urn:epione:problem:refused", "status": 422, "detail": "why", "code": 1, "name": reject });
            (422, problem)
        }
        Some((_, answer)) => (200, answer.clone()),
        None if line.starts_with("POST /v1/tx") => {
            let id = SignedTx::from_bytes(&body).unwrap().tx.id();
            (
                200,
                json!({ "id": id, "status": "final", "height": 12, "index": 0, "time": 99, "results": [{ "code": 0 }] }),
            )
        }
        None => panic!("not expected: {line}"),
    };
    asked.lock().unwrap().push((line, body));
    let _ = stream.write_all(response(status, &answer.to_string()).as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// Method and target of a request, and its body.
async fn heard(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().unwrap())
            });
            let body = end + 4;
            if bytes.len() - body >= length.unwrap_or(0) {
                let line = head.lines().next()?.trim_end_matches(" HTTP/1.1").to_owned();
                return Some((line, bytes.split_off(body)));
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
