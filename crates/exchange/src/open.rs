//! Open: a reader joins the shares of a granted unit and decrypts it.

use crate::{
    catalog::{Catalog, Copied, copy_key},
    error::Error,
    exchange::{Exchange, call},
    facts,
    messages::{Message, Refusal, Reply, Share},
    ports::{Drawn, Table, read},
    tasks::Task,
};
use epione_modules::{
    access::{self, Access, Request},
    records::Unit,
};
use epione_types::{Hash, OrgId, RequestId, UnitId, encode};
use epione_vault::{
    Complaint, ComplaintError, Contents, Faulty, Grant, OpenError, ReaderSession, Salt, SignedAnswer, SignedManifest,
    open_unit,
    tags::{Subject, commitment},
};
use futures::future::join_all;
use std::sync::PoisonError;
use zeroize::Zeroizing;

/// A granted unit on its way to be opened.
struct Opening<'a> {
    request: RequestId,
    unit: UnitId,
    registered: &'a Unit,
    session: &'a ReaderSession,
    grant: Grant,
}

impl Exchange {
    /// Makes the keys of a reader for these units, in the memory of this node; the hash of them stands in the request.
    ///
    /// # Errors
    /// [`Error::UnknownUnit`], [`Error::Reader`], [`Error::Ledger`].
    pub async fn reader(&self, units: &[UnitId]) -> Result<Hash, Error> {
        let mut targets = Vec::new();
        for unit in units {
            let (found, _) = facts::known_unit(&self.ports, unit).await?;
            targets.extend(found.holders.iter().map(|holder| (*unit, holder.org)));
        }
        let session = ReaderSession::new(&targets, &mut Drawn(&*self.ports.entropy))?;
        Ok(self.sessions.lock().unwrap_or_else(PoisonError::into_inner).add(session, self.now()))
    }

    /// Forgets the keys of a reader: what was granted to it can no longer be opened.
    pub fn forget_reader(&self, readers: &Hash) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).end(readers);
    }

    /// Opens every granted unit of a request; per unit its contents, or why not.
    ///
    /// # Errors
    /// [`Error::NotGranted`] if there is no such request of this organization, or nothing of it is granted; [`Error::NoSession`] if its
    /// reader's keys are not in the memory of this node.
    pub async fn open(&self, request: &RequestId) -> Result<Vec<(UnitId, Result<Contents, Error>)>, Error> {
        let (asked, units) = self.granted(request).await?;
        let session = self.sessions.lock().unwrap_or_else(PoisonError::into_inner).get(&asked.reader);
        let session = session.ok_or(Error::NoSession(*request))?;
        let mut opened = Vec::with_capacity(units.len());
        for unit in units {
            let contents = self.open_one((*request, unit), &asked, &session).await;
            opened.push((unit, contents));
        }
        Ok(opened)
    }

    /// The request, if it is this organization's, and its granted units.
    async fn granted(&self, id: &RequestId) -> Result<(Request, Vec<UnitId>), Error> {
        let (request, org) = (*id, self.org);
        let found = read(&*self.ports.ledger, move |view| {
            let Some(asked) = access::request(&view, &request)?.filter(|asked| asked.org == org) else {
                return Ok(None);
            };
            let mut granted = Vec::new();
            for unit in asked.units.iter() {
                if access::decided(&view, &request, unit)?.is_some_and(|decided| decided.granted) {
                    granted.push(*unit);
                }
            }
            Ok(Some((asked, granted)))
        });
        let found = found.await?.filter(|(_, granted)| !granted.is_empty());
        found.ok_or(Error::NotGranted(*id))
    }

    async fn open_one(
        &self,
        (request, unit): (RequestId, UnitId),
        asked: &Request,
        session: &ReaderSession,
    ) -> Result<Contents, Error> {
        let (registered, _) = facts::known_unit(&self.ports, &unit).await?;
        let grant = Grant { request: request.0, readers: asked.reader };
        let opening = Opening { request, unit, registered: &registered, session, grant };
        let contents = self.join(&opening).await?;
        if self.settings.keep_copies {
            self.keep_copy(&opening, &contents, asked)?;
        }
        Ok(contents)
    }

    /// Asks as many holders as are needed, then one more for each that fails; then the vaults, and opens.
    async fn join(&self, opening: &Opening<'_>) -> Result<Contents, Error> {
        let Opening { unit, registered, request, .. } = opening;
        let mut holders: Vec<OrgId> = registered.holders.iter().map(|holder| holder.org).collect();
        holders.sort_by_key(|org| *org != self.org);
        let (mut answers, mut last) = (Vec::new(), Error::NotGranted(*request));
        let mut obtained: Option<(SignedManifest, Vec<u8>)> = None;
        let mut wanted = usize::from(registered.threshold);
        loop {
            let next: Vec<OrgId> = holders.drain(..wanted.min(holders.len())).collect();
            if next.is_empty() {
                return Err(last);
            }
            for answer in join_all(next.into_iter().map(|holder| self.answer_of(opening, holder))).await {
                match answer {
                    Ok(answer) => answers.push(answer),
                    Err(error) => last = error,
                }
            }
            wanted = usize::from(registered.threshold).saturating_sub(answers.len());
            if wanted > 0 {
                continue;
            }
            let (manifest, ciphertext) = match obtained.take() {
                Some(found) => found,
                None => self.obtain(unit, registered, Some(*request)).await?,
            };
            let plain: Vec<_> = answers.iter().map(|signed| signed.answer.clone()).collect();
            match open_unit(opening.session, &opening.grant, &manifest.manifest, &plain, &ciphertext) {
                Ok(opened) => {
                    self.complain(opening, &manifest, &answers, &opened.faulty)?;
                    return Ok(opened.contents);
                }
                Err(OpenError::TooFew { threshold, good, faulty }) => {
                    self.complain(opening, &manifest, &answers, &faulty)?;
                    answers.retain(|signed| faulty.iter().all(|(holder, _)| *holder != signed.answer.holder));
                    wanted = usize::from(threshold).saturating_sub(good).max(1);
                    last = OpenError::TooFew { threshold, good, faulty }.into();
                    obtained = Some((manifest, ciphertext));
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The signed answer of one holder.
    async fn answer_of(&self, opening: &Opening<'_>, holder: OrgId) -> Result<SignedAnswer, Error> {
        let Opening { request, unit, .. } = *opening;
        let reader = opening.session.key(&unit, &holder).ok_or(Error::NoSession(request))?;
        let reply = self.ask(holder, Message::Share(Box::new(Share { request, unit, reader }))).await?;
        let Reply::Share(signed) = reply else { return Err(Error::Refused(holder, Refusal::Mismatch)) };
        let is_signed = signed.answer.holder == holder
            && signed.verify().is_ok()
            && facts::is_receipt_key(&self.ports, holder, signed.signature.key()).await?;
        if is_signed { Ok(*signed) } else { Err(Error::Refused(holder, Refusal::Mismatch)) }
    }

    /// Has complaints about bad answers filed, each once. What is filed shows nothing but the bad answer.
    fn complain(
        &self,
        opening: &Opening<'_>,
        manifest: &SignedManifest,
        answers: &[SignedAnswer],
        faulty: &[Faulty],
    ) -> Result<(), Error> {
        for (holder, _) in faulty {
            let Some(answer) = answers.iter().find(|signed| signed.answer.holder == *holder) else { continue };
            let registered = &opening.registered.manifest;
            let complaint = match Complaint::new(opening.session, (&opening.grant, registered), manifest, answer) {
                Ok(complaint) => complaint,
                // An answer to something else proves nothing against its holder.
                Err(ComplaintError::Misaddressed | ComplaintError::Good) => continue,
                Err(error) => return Err(error.into()),
            };
            let salt = self.salt()?;
            let evidence = commitment(&Salt::from_bytes(salt), Subject::Evidence, &encode(answer));
            let complain = access::Complain { request: opening.request, unit: opening.unit, holder: *holder, evidence };
            let key = [&opening.request.0[..], &opening.unit.0, &holder.0].concat();
            if self.catalog.get::<Complaint>(Table::Complaints, &key)?.is_some() {
                continue;
            }
            let mut ops = vec![Catalog::put(Table::Complaints, &key, &complaint)];
            ops.extend(
                self.catalog.enqueue(Task::Submit(call::<Access>(&access::Call::Complain(complain))), self.now())?,
            );
            self.catalog.write(ops)?;
        }
        Ok(())
    }

    /// Keeps what was opened until its grant ends.
    fn keep_copy(&self, opening: &Opening<'_>, contents: &Contents, asked: &Request) -> Result<(), Error> {
        let Opening { request, unit, .. } = opening;
        if self.catalog.copied(request, unit)?.is_some() {
            return Ok(());
        }
        let wrapped = self.catalog.wrap_bytes(Table::Copies, &copy_key(request, unit), contents.as_bytes())?;
        let blob = self.ports.blobs.put(&wrapped)?;
        let row = Copied { blob, expires_at: asked.expires_at, charted: false };
        let mut ops = vec![self.catalog.put_copied(request, unit, &row)?];
        ops.extend(self.catalog.enqueue(Task::Purge(*request, *unit), asked.expires_at)?);
        self.catalog.write(ops)
    }

    /// What was obtained of a unit under a grant, as long as the grant lasts.
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Blob`], [`Error::Unreadable`].
    pub fn copy(&self, request: &RequestId, unit: &UnitId) -> Result<Option<Contents>, Error> {
        let Some(row) = self.catalog.copied(request, unit)? else { return Ok(None) };
        if !row.charted && row.expires_at <= self.now() {
            return Ok(None);
        }
        let Some(wrapped) = self.ports.blobs.get(&row.blob)? else { return Ok(None) };
        let plain: Zeroizing<Vec<u8>> = self.catalog.unwrap_bytes(Table::Copies, &copy_key(request, unit), &wrapped)?;
        Ok(Some(Contents::from_bytes(plain)?))
    }

    /// Deletes what was obtained under a grant, unless it was charted.
    pub(crate) fn purge(&self, request: &RequestId, unit: &UnitId) -> Result<(), Error> {
        let mut ops = self.catalog.dequeue(&Task::Purge(*request, *unit))?;
        if let Some(row) = self.catalog.copied(request, unit)?.filter(|row| !row.charted) {
            self.ports.blobs.delete(&row.blob)?;
            ops.push(Catalog::forget_copied(request, unit));
        }
        self.catalog.write(ops)
    }
}
