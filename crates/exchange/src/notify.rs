//! Notify: patients learn what happened to their records; of an emergency access the custodian records that they were told.

use crate::{
    catalog::{Happened, Notice},
    error::Error,
    exchange::{Exchange, call},
    ports::Op,
    tasks::Task,
};
use epione_modules::emergency::{self, Delivery, Emergency};
use epione_types::SubjectId;

impl Exchange {
    /// What a patient of this organization is to be told, in order.
    ///
    /// Which of it the one who asks may see is for the caller to decide ([`epione_modules::subjects::hides`]).
    ///
    /// # Errors
    /// [`Error::Store`], [`Error::Unreadable`].
    pub fn notices(&self, subject: &SubjectId) -> Result<Vec<Notice>, Error> {
        self.catalog.notices(subject)
    }

    /// Notes that a patient was told, and has an emergency access recorded as told.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no such notice; [`Error::Store`].
    pub fn told(&self, subject: &SubjectId, position: u64, delivery: Delivery) -> Result<(), Error> {
        let notice = self.catalog.notice(subject, position)?;
        let mut notice = notice.ok_or(Error::Invalid("there is no such notice"))?;
        notice.delivered = delivery == Delivery::Told;
        let mut ops = vec![self.catalog.put_notice(&notice)?];
        if let Happened::Emergency(emergency) = notice.what {
            let notify = emergency::Notify { emergency, delivery };
            let task = Task::Submit(call::<Emergency>(&emergency::Call::Notify(notify)));
            ops.extend(self.catalog.enqueue(task, self.now())?);
        }
        self.catalog.write(ops)
    }

    /// The changes that have a patient of this organization told.
    pub(crate) fn notice(&self, subject: SubjectId, position: u64, what: Happened) -> Result<Vec<Op>, Error> {
        Ok(vec![self.catalog.put_notice(&Notice { subject, position, what, delivered: false })?])
    }
}
