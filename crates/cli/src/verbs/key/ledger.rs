//! Keys that enter the ledger: in the place of another, or with a new identity.

use super::{super::options, NEW_PASSPHRASE_FILE, new::NewKey, required};
use crate::{
    Failure, Modules, Output,
    client::Client,
    draft::{self, Choices, Envelope},
    keys::Purpose,
    rotation,
    signer::Signer,
    submission::Submission,
};
use clap::ArgMatches;
use epione_types::{Call, IdentityId, SignedTx, SignerId};
use std::path::PathBuf;

/// What is to be done with a new vote key.
const VOTE_KEY_WAITS: &str = "The new vote key takes its seat with the next epoch (`epione network committee` shows it). \
                              Then name its file in `keys.vote` of node.toml and start the node again.";

/// Replaces a key of the organization or identity that signs.
pub(super) async fn rotate(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (key, client) = (options::read_key(matches)?, options::client(matches)?);
    let purpose: Purpose = required(matches, "purpose")?;
    let owner = key.info();
    let make = || -> Result<NewKey, Failure> {
        let mut new = NewKey::make(purpose, matches, NEW_PASSPHRASE_FILE)?;
        new.bind(owner.signer, owner.chain);
        Ok(new)
    };
    let (module, new, fields) = match (owner.signer, purpose) {
        (Some(SignerId::Identity(identity)), Purpose::Identity) => {
            let changes = rotation::identity_standing(&client, identity).await?.changes;
            let new = make()?;
            let fields = rotation::identity_fields(identity, changes, &owner.public, new.signer())?;
            ("identity", new, fields)
        }
        (Some(SignerId::Organization(org)), purpose) if purpose != Purpose::Identity => {
            let standing = rotation::standing(&client, org).await?;
            let new = make()?;
            let fields = rotation::fields(org, standing.rotation, new.signer())?;
            ("network", new, fields)
        }
        (signer, purpose) => {
            let signer = signer.map_or_else(|| "nobody".to_owned(), |signer| signer.to_string());
            return Err(Failure::Refused(format!("--key is a key of {signer}, which has no {purpose} key to replace")));
        }
    };
    let call = draft::call(modules, module, "rotate-key", &fields)?;
    Enter { key: &*key, client: &client, matches }.submit(call, new, out).await?;
    if purpose == Purpose::Vote {
        out.progress(VOTE_KEY_WAITS)?;
    }
    Ok(())
}

/// Registers an identity for the organization that signs.
pub(super) async fn register(modules: Modules, matches: &ArgMatches, out: &mut Output) -> Result<(), Failure> {
    let (key, client) = (options::read_key(matches)?, options::client(matches)?);
    let owner = key.info();
    let Some(SignerId::Organization(org)) = owner.signer else {
        return Err(Failure::Refused(
            "--key is not a key of an organization, and only those register identities".to_owned(),
        ));
    };
    let mut new = NewKey::make(Purpose::Identity, matches, NEW_PASSPHRASE_FILE)?;
    new.bind(None, owner.chain);
    let fields = rotation::registration_fields(org, required(matches, "kind")?, new.signer())?;
    let call = draft::call(modules, "identity", "register", &fields)?;
    Enter { key: &*key, client: &client, matches }.submit(call, new, out).await
}

/// How a new key enters the ledger.
pub(in crate::verbs) struct Enter<'a> {
    pub(in crate::verbs) key: &'a dyn Signer,
    pub(in crate::verbs) client: &'a Client,
    pub(in crate::verbs) matches: &'a ArgMatches,
}

impl Enter<'_> {
    /// Submits the call that registers `new`, which is on disk before: a key in force must never be lost.
    async fn submit(&self, call: Call, mut new: NewKey, out: &mut Output) -> Result<(), Failure> {
        let path: PathBuf = required(self.matches, "out")?;
        let tx = self.sign(call).await?;
        if new.signer().info().signer.is_none() {
            // The identifier of a new identity is known before it is registered.
            new.bind(Some(SignerId::Identity(IdentityId(tx.tx.call_id(0).short()))), None);
        }
        new.create(&path)?;
        let entered = self.settle(&tx, out).await;
        if entered.is_err() {
            let (path, id) = (path.display(), tx.tx.id());
            out.progress(format_args!(
                "the new key stays in {path}; whether it is in force tells `epione tx show {id}`"
            ))?;
        }
        entered
    }

    /// The signed transaction with this one call.
    pub(in crate::verbs) async fn sign(&self, call: Call) -> Result<SignedTx, Failure> {
        Envelope::next(self.client, self.key, Choices::default()).await?.sign(vec![call], self.key)
    }

    /// Submits, waits until it is final, and shows what became of it.
    pub(in crate::verbs) async fn settle(&self, tx: &SignedTx, out: &mut Output) -> Result<(), Failure> {
        let submission = Submission::settle(self.client, tx, options::wait(self.matches)).await;
        submission.map_err(Failure::from).and_then(|submission| super::super::call::report(&submission, out))
    }
}
