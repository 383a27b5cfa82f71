//! What the verbs of wallets, records, consent and access share: who acts, at which node, and what became of it.
//!
//! They are conveniences over three things: calls, which are made and signed here as by `epione call`; queries; and the
//! exchange of the node of one's own organization, which keeps contents and the openings of commitments.

use super::{call, options};
use crate::{
    Failure, Modules, Output,
    client::{Client, ClientError},
    draft::{self, Choices, Envelope},
    signer::Signer,
    submission::Submission,
};
use clap::{Arg, ArgAction, ArgMatches, Command};
use epione_types::{Call, CallId, Hash, IdentityId, SignerId, UnixMs};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where an identifier has its value.
const IDENTIFIER: &str = "identifier";

/// Entries of a page of a list.
const PAGE: u32 = 100;

/// Who acts, and at which node.
pub(super) struct Act {
    modules: Modules,
    key: Box<dyn Signer>,
    pub(super) client: Client,
    pub(super) wait: Duration,
}

/// Calls that are final, and went through.
pub(super) struct Done {
    /// The first of them: what it created has its identifier from it.
    pub(super) first: CallId,
    pub(super) submission: Submission,
}

/// A number of a patient in a system that the custodian knows.
#[derive(Clone)]
pub(super) struct Identifier {
    system: String,
    value: String,
}

/// `command` with the options of those that sign.
pub(super) fn signing(command: Command) -> Command {
    command.next_help_heading("Options").args([
        options::key("The file of the key that signs [env: EPIONE_KEY]"),
        options::key_passphrase_file(),
        options::node(),
        options::timeout(),
    ])
}

/// `command` with the options of those that ask a node only.
pub(super) fn asking(command: Command) -> Command {
    command.next_help_heading("Options").args([options::node(), options::timeout()])
}

/// The option that names numbers of a patient.
pub(super) fn identifiers(help: &'static str) -> Arg {
    let parser = |text: &str| match text.split_once('=') {
        Some((system, value)) if !system.is_empty() && !value.is_empty() => {
            Ok(Identifier { system: system.to_owned(), value: value.to_owned() })
        }
        // The text may be about a person: it is not repeated.
        _ => Err("give a system and a number in it, as in `urn:oid:2.16.840.1.113883.4.1=123-45-6789`"),
    };
    Arg::new(IDENTIFIER).long(IDENTIFIER).value_name("SYSTEM=VALUE").value_parser(parser).help(help)
}

/// The same, several times.
pub(super) fn several_identifiers(help: &'static str) -> Arg {
    identifiers(help).action(ArgAction::Append)
}

/// The identifiers that were given.
pub(super) fn given_identifiers(matches: &ArgMatches) -> Vec<Value> {
    let given: Vec<Identifier> = options::several(matches, IDENTIFIER);
    given.into_iter().map(|Identifier { system, value }| json!({ "system": system, "value": value })).collect()
}

impl Act {
    /// Who acts, by the options of [`signing`].
    pub(super) fn of(modules: Modules, matches: &ArgMatches) -> Result<Self, Failure> {
        let (key, client) = (options::read_key(matches)?, options::client(matches)?);
        Ok(Self { modules, key, client, wait: options::wait(matches) })
    }

    /// The identity that acts, such as a practitioner or patient.
    pub(super) fn identity(&self) -> Result<IdentityId, Failure> {
        match self.key.info().signer {
            Some(SignerId::Identity(id)) => Ok(id),
            _ => Err(Failure::Refused(
                "--key is not the key of an identity; give one such as of `key register`".to_owned(),
            )),
        }
    }

    /// The call with these fields.
    pub(super) fn call(&self, module: &str, name: &str, fields: &Value) -> Result<Call, Failure> {
        draft::call(self.modules, module, name, fields)
    }

    /// Makes one call, and waits until it is final.
    pub(super) async fn make(
        &self,
        module: &str,
        name: &str,
        fields: &Value,
        out: &mut Output,
    ) -> Result<Done, Failure> {
        self.submit(vec![self.call(module, name, fields)?], out).await
    }

    /// Signs and submits these calls in one transaction, and waits until it is final.
    pub(super) async fn submit(&self, calls: Vec<Call>, out: &mut Output) -> Result<Done, Failure> {
        let envelope = Envelope::next(&self.client, &*self.key, Choices::default()).await?;
        if self.key.info().chain.is_none() {
            out.progress(format_args!("signing for {}, as the node says", envelope.chain))?;
        }
        let tx = envelope.sign(calls, &*self.key)?;
        let submission = Submission::settle(&self.client, &tx, self.wait).await?;
        call::settled(&submission)?;
        Ok(Done { first: tx.tx.call_id(0), submission })
    }

    /// A commitment to a text, which the node of the own organization keeps: `evidence` or `justification`.
    pub(super) async fn commit(&self, what: &str, text: &str) -> Result<Hash, Failure> {
        self.commitment(what, &json!({ "text": text })).await
    }

    /// A commitment to what `body` says, which the node of the own organization keeps.
    pub(super) async fn commitment(&self, what: &str, body: &Value) -> Result<Hash, Failure> {
        let answer = self.client.post_json(&["commitments", what], body, self.wait).await?;
        part(&self.client, &answer, "commitment")
    }

    /// A commitment to the text, or random where nobody will ask for what it commits to.
    pub(super) async fn commit_or_random(&self, text: Option<&String>) -> Result<Hash, Failure> {
        match text {
            Some(text) => self.commit("evidence", text).await,
            None => {
                let mut bytes = [0; 32];
                getrandom::fill(&mut bytes).map_err(|error| Failure::Key(crate::keys::KeyFileError::Random(error)))?;
                Ok(Hash(bytes))
            }
        }
    }
}

impl Done {
    /// What became of it, with `found` in front: the identifier of what it created, say.
    pub(super) fn with(&self, found: Value) -> Value {
        let mut all = found;
        if let Some(fields) = all.as_object_mut() {
            fields.insert("tx".to_owned(), json!(self.submission.answer.id));
            fields.insert("height".to_owned(), json!(self.submission.answer.height));
        }
        all
    }
}

/// The field `name` of what a node answered.
pub(super) fn part<T: serde::de::DeserializeOwned>(client: &Client, answer: &Value, name: &str) -> Result<T, Failure> {
    let part = answer.get(name).cloned().unwrap_or_default();
    serde_json::from_value(part).map_err(|error| {
        let what = format!("`{name}` is not what this release expects: {error}");
        Failure::Node(ClientError::Answer { url: client.url().to_owned(), what })
    })
}

/// The time of day here.
pub(super) fn now() -> UnixMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMs(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Everything in a list: the field `name` of all its pages.
pub(super) async fn all_pages(
    client: &Client,
    (module, query, name): (&str, &str, &str),
    fields: &Value,
) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    let mut after: Option<u64> = None;
    loop {
        let mut asked = fields.clone();
        if let Some(asked) = asked.as_object_mut() {
            asked.insert("after".to_owned(), json!(after));
            asked.insert("limit".to_owned(), json!(PAGE));
        }
        let page = client.query(module, query, &asked).await?.value;
        found.extend(part::<Vec<Value>>(client, &page, name)?);
        let next: Option<u64> = part(client, &page, "next")?;
        // A node whose pages lead nowhere is not followed.
        if next.is_none() || next <= after {
            return Ok(found);
        }
        after = next;
    }
}

/// Adds the fields of the page that is asked for.
pub(super) fn paged(mut fields: Value, matches: &ArgMatches) -> Value {
    if let Some(fields) = fields.as_object_mut() {
        fields.insert("after".to_owned(), json!(options::optional::<u64>(matches, "after")));
        fields.insert("limit".to_owned(), json!(options::optional::<u32>(matches, "limit")));
    }
    fields
}
