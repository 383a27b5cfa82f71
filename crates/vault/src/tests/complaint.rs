//! Complaints: right, wrong, and made up.

use super::{UNIT, answer, dealt, grant, org, random, session, signed, signed_manifest};
use crate::{
    Answer, AnswerFault, Complaint, ComplaintError, Dealt, Grant, KemSecret, ReaderSession, SignedManifest, Verdict,
};
use epione_types::{Hash, UnitId, decode, encode};

/// A unit, its reader, and what the ledger says.
struct Case {
    dealt: Dealt,
    session: ReaderSession,
    manifest: SignedManifest,
}

impl Case {
    fn new() -> Self {
        let dealt = dealt(2);
        let manifest = signed_manifest(&dealt);
        Self { dealt, session: session(), manifest }
    }

    fn registered(&self) -> Hash {
        self.dealt.manifest.commitment()
    }

    fn complain(&self, answer: Answer) -> Result<Complaint, ComplaintError> {
        Complaint::new(&self.session, (&grant(&self.session), &self.registered()), &self.manifest, &signed(answer))
    }

    fn judge(&self, complaint: &Complaint) -> Result<Verdict, ComplaintError> {
        complaint.judge(&grant(&self.session), &self.registered())
    }

    fn good(&self) -> Answer {
        answer(&self.dealt, &self.session, 1)
    }

    /// What the holder signed does not open.
    fn garbage(&self) -> Answer {
        Answer { sealed: answer(&self.dealt, &self.session, 2).sealed, ..self.good() }
    }

    /// A complaint about a good answer, made by another program than ours.
    fn false_complaint(&self) -> Complaint {
        Complaint { answer: signed(self.good()), ..self.complain(self.garbage()).unwrap() }
    }
}

#[test]
fn a_bad_answer_is_shown_to_everybody() {
    let case = Case::new();
    let wrong = answer(&dealt(5), &case.session, 1);
    for (answer, fault) in [(case.garbage(), AnswerFault::DoesNotOpen), (wrong, AnswerFault::WrongShare)] {
        let complaint = case.complain(answer).unwrap();
        let bytes = encode(&complaint);
        let told = Complaint::from_bytes(&bytes).unwrap();
        assert_eq!(told, complaint);
        assert_eq!(case.judge(&told), Ok(Verdict::Upheld(fault)));
    }
    assert!(matches!(Complaint::from_bytes(&[1]), Err(ComplaintError::Decode(_))));
}

#[test]
fn nobody_complains_about_a_good_answer_and_is_believed() {
    let case = Case::new();
    assert_eq!(case.complain(case.good()).unwrap_err(), ComplaintError::Good);
    assert_eq!(case.judge(&case.false_complaint()), Ok(Verdict::False));
}

#[test]
fn a_made_up_complaint_says_nothing() {
    let case = Case::new();
    let right = case.complain(case.garbage()).unwrap();
    let with = |change: &dyn Fn(&mut Complaint)| {
        let mut complaint = right.clone();
        change(&mut complaint);
        case.judge(&complaint).unwrap_err()
    };
    let resigned = |change: &dyn Fn(&mut Answer)| {
        let mut answer = case.good();
        change(&mut answer);
        with(&|complaint| complaint.answer = signed(answer.clone()))
    };
    assert_eq!(with(&|complaint| complaint.version = 2), ComplaintError::Version(2));
    // Commitments to other shares: signed by anybody, but not on the ledger.
    let other = signed_manifest(&dealt(5));
    assert_eq!(with(&|complaint| complaint.manifest = other.clone()), ComplaintError::Manifest);
    assert_eq!(
        with(&|complaint| complaint.manifest.signature = signed_manifest(&dealt(5)).signature),
        ComplaintError::Manifest
    );
    // An answer that its holder did not sign.
    let good = case.good();
    assert_eq!(with(&|complaint| complaint.answer.answer = good.clone()), ComplaintError::Signature);
    assert_eq!(with(&|complaint| complaint.seed = [0; 32]), ComplaintError::Reader);
    // A key that is not of the request, with its seed.
    let seed = [0x55; 32];
    let forged = with(&|complaint| {
        complaint.seed = seed;
        complaint.reader.key = KemSecret::from_seed(&seed).public();
    });
    assert_eq!(forged, ComplaintError::Reader);
    // A key of the request, but for another holder.
    let (key, seed) = (case.session.key(&UNIT, &org(2)).unwrap(), *case.session.seed(&UNIT, &org(2)));
    let swapped = with(&|complaint| (complaint.reader, complaint.seed) = (key.clone(), seed));
    assert_eq!(swapped, ComplaintError::Reader);
    assert_eq!(resigned(&|answer| answer.request = [0; 16]), ComplaintError::Misaddressed);
    assert_eq!(resigned(&|answer| answer.edition = 2), ComplaintError::Misaddressed);
    assert_eq!(resigned(&|answer| answer.unit = UnitId([0; 32])), ComplaintError::Misaddressed);
    assert_eq!(resigned(&|answer| answer.reader = Hash([0; 32])), ComplaintError::Misaddressed);
    assert_eq!(resigned(&|answer| answer.holder = org(3)), ComplaintError::Reader);
    let another = Grant { readers: Hash([0; 32]), ..grant(&case.session) };
    assert_eq!(right.judge(&another, &case.registered()), Err(ComplaintError::Reader));
}

/// The seed that a complaint tells opens the one answer: neither that of another holder, nor of another unit in the same request.
#[test]
fn a_complaint_tells_nothing_else() {
    let other_unit = UnitId([0x1a; 32]);
    let targets = [(UNIT, org(1)), (UNIT, org(2)), (other_unit, org(1)), (other_unit, org(2))];
    let session = ReaderSession::new(&targets, &mut random(3)).unwrap();
    let dealt = dealt(2);
    let told = KemSecret::from_seed(&session.seed(&UNIT, &org(1)));
    for (unit, holder) in &targets[1..] {
        assert_ne!(told.public(), session.key(unit, holder).unwrap().key);
    }
    let others = answer(&dealt, &session, 2);
    let honest = session.secret(&UNIT, &org(2));
    assert!(others.open(&honest, &others.request, &dealt.manifest).is_ok());
    // Even if the answer named the key that was told.
    let retold = Answer { reader: answer(&dealt, &session, 1).reader, ..others.clone() };
    for answer in [others, retold] {
        assert!(answer.open(&told, &answer.request, &dealt.manifest).is_err());
    }
    assert!(decode::<Complaint>(&encode(&told.public()), 2000).is_err());
}
