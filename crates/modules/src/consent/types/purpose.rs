//! For what records are used: the purposes of use of HL7 v3, as they contain each other.

use crate::network::CoreUse;
use borsh::{BorshDeserialize, BorshSerialize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Declares the purposes: a number, the code, and the purpose that contains it.
macro_rules! purposes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal $(in $parent:ident)?;)*) => {
        /// For what records are used: a code of HL7 v3 `PurposeOfUse`, capital letters in text.
        ///
        /// The numbers and the hierarchy are part of the rules of the ledger: a later edition of the codes is a change of
        /// these.
        ///
        /// # Source
        /// HL7 Terminology, code system v3-ActReason 4.0.0 (2024-02-28), the codes under `PurposeOfUse`.
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            BorshSerialize,
            BorshDeserialize,
            Serialize,
            Deserialize,
            JsonSchema,
        )]
        #[borsh(use_discriminant = true)]
        #[repr(u8)]
        pub enum Purpose {
            $($(#[$doc])* #[serde(rename = $code)] $name = $number,)*
        }

        impl Purpose {
            /// Every purpose, each after the one that contains it.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code of HL7 v3.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The purpose that contains this one; none for the seven that stand for themselves.
            #[must_use]
            pub const fn parent(self) -> Option<Self> {
                match self { $(Self::$name => purposes!(@parent $($parent)?),)* }
            }
        }
    };
    (@parent) => { None };
    (@parent $parent:ident) => { Some(Self::$parent) };
}

purposes! {
    /// Treatment of the patient.
    Treat = 0, "TREAT";
    /// Care under the protocol of a clinical trial.
    Clintrl = 1, "CLINTRL" in Treat;
    /// Coordination of one patient's care.
    Coc = 2, "COC" in Treat;
    /// Treatment that cannot wait.
    Etreat = 3, "ETREAT" in Treat;
    /// Treatment that cannot wait, by one who has no other right to the records.
    Btg = 4, "BTG" in Etreat;
    /// Treatment in an emergency room, by one who has the right to the records.
    Ertreat = 5, "ERTREAT" in Etreat;
    /// Care for a population.
    Pophlth = 6, "POPHLTH" in Treat;
    /// Treatment with the help of algorithms.
    Treatds = 7, "TREATDS" in Treat;
    /// Payment for care.
    Hpaymt = 8, "HPAYMT";
    /// Evidence that supports a claim.
    Clmattch = 9, "CLMATTCH" in Hpaymt;
    /// Authorization before a service is given.
    Covauth = 10, "COVAUTH" in Hpaymt;
    /// Coverage by a policy or program.
    Coverage = 11, "COVERAGE" in Hpaymt;
    /// Whether somebody can be covered.
    Eligdtrm = 12, "ELIGDTRM" in Coverage;
    /// Whether somebody is covered.
    Eligver = 13, "ELIGVER" in Coverage;
    /// Entry into a policy or program.
    Enrollm = 14, "ENROLLM" in Coverage;
    /// Discharge from military service.
    Mildcrg = 15, "MILDCRG" in Coverage;
    /// What was paid for a claim.
    Remitadv = 16, "REMITADV" in Hpaymt;
    /// Decisions about payment with the help of algorithms.
    Pmtds = 17, "PMTDS" in Hpaymt;
    /// The operations of those who care or pay.
    Hoperat = 18, "HOPERAT";
    /// Quality, safety and cost of care, without the care of single patients.
    Caremgt = 19, "CAREMGT" in Hoperat;
    /// Donation of organs and tissue after death.
    Donat = 20, "DONAT" in Hoperat;
    /// Detection and prevention of fraud.
    Fraud = 21, "FRAUD" in Hoperat;
    /// Processes of a government.
    Gov = 22, "GOV" in Hoperat;
    /// Accreditation.
    Haccred = 23, "HACCRED" in Hoperat;
    /// Duties to comply.
    Hcompl = 24, "HCOMPL" in Hoperat;
    /// Matters of those who died.
    Hdecd = 25, "HDECD" in Hoperat;
    /// Directories of patients.
    Hdirect = 26, "HDIRECT" in Hoperat;
    /// Administration of benefits.
    Hdm = 27, "HDM" in Hoperat;
    /// Legal proceedings.
    Hlegal = 28, "HLEGAL" in Hoperat;
    /// Measurement of results.
    Houtcoms = 29, "HOUTCOMS" in Hoperat;
    /// Reports of programs.
    Hprgrp = 30, "HPRGRP" in Hoperat;
    /// Improvement of quality.
    Hqualimp = 31, "HQUALIMP" in Hoperat;
    /// Administration of systems.
    Hsysadmin = 32, "HSYSADMIN" in Hoperat;
    /// Labels of records.
    Labeling = 33, "LABELING" in Hsysadmin;
    /// Other data about records.
    Metamgt = 34, "METAMGT" in Hsysadmin;
    /// Administration of the members of a plan.
    Memadmin = 35, "MEMADMIN" in Hoperat;
    /// Military command.
    Milcdm = 36, "MILCDM" in Hoperat;
    /// Administration of a patient's care.
    Patadmin = 37, "PATADMIN" in Hoperat;
    /// Safety of patients.
    Patsfty = 38, "PATSFTY" in Hoperat;
    /// Measurement of performance.
    Perfmsr = 39, "PERFMSR" in Hoperat;
    /// Management of records.
    Recordmgt = 40, "RECORDMGT" in Hoperat;
    /// Development of systems.
    Sysdev = 41, "SYSDEV" in Hoperat;
    /// Tests with synthetic data.
    Htest = 42, "HTEST" in Sysdev;
    /// Training of people.
    Train = 43, "TRAIN" in Hoperat;
    /// Training of models.
    Mltraining = 44, "MLTRAINING" in Hoperat;
    /// Research.
    Hresch = 45, "HRESCH";
    /// Biomedical research.
    Biorch = 46, "BIORCH" in Hresch;
    /// Research in a clinical trial.
    Clintrch = 47, "CLINTRCH" in Hresch;
    /// Research in a clinical trial that does not care for patients.
    Clintrchnpc = 48, "CLINTRCHNPC" in Clintrch;
    /// Research in a clinical trial that cares for patients.
    Clintrchpc = 49, "CLINTRCHPC" in Clintrch;
    /// Preparation of a clinical trial.
    Preclintrch = 50, "PRECLINTRCH" in Clintrch;
    /// Research into a disease.
    Dsrch = 51, "DSRCH" in Hresch;
    /// Research into the origins of populations.
    Poarch = 52, "POARCH" in Hresch;
    /// Research in the course of care.
    Transrch = 53, "TRANSRCH" in Hresch;
    /// The patient asked for it.
    Patrqt = 54, "PATRQT";
    /// A member of the family asked, whom the patient authorized.
    Famrqt = 55, "FAMRQT" in Patrqt;
    /// The legal representative asked.
    Pwatrny = 56, "PWATRNY" in Patrqt;
    /// Somebody asked whom the patient authorized.
    Supnwk = 57, "SUPNWK" in Patrqt;
    /// Public health.
    Pubhlth = 58, "PUBHLTH";
    /// Care in a disaster.
    Disaster = 59, "DISASTER" in Pubhlth;
    /// Prevention of violence.
    Threat = 60, "THREAT" in Pubhlth;
    /// Marketing.
    Hmarkt = 61, "HMARKT";
}

impl Purpose {
    /// Whether a use for this purpose is one for `other`: the same, or contained in it.
    #[must_use]
    pub const fn is_a(self, other: Self) -> bool {
        // The hierarchy is three deep.
        let mut at = Some(self);
        while let Some(purpose) = at {
            if purpose as u8 == other as u8 {
                return true;
            }
            at = purpose.parent();
        }
        false
    }

    /// Whether a use for this purpose may turn out to be one for `other`: it is one, or it is named so broadly that `other` is
    /// contained in it. Treatment and what the patient asked for are never too broad: a narrow objection must not take
    /// ordinary care away.
    #[must_use]
    pub const fn may_be(self, other: Self) -> bool {
        self.is_a(other) || (other.is_a(self) && !matches!(self, Self::Treat | Self::Etreat | Self::Patrqt))
    }

    /// For which default of a jurisdiction it counts; none if only a consent or a duty permits it. Of operations, what goes
    /// beyond those of who cares or pays does not count: government, courts, the military, donation, matters of the dead,
    /// the development of systems and models; and glass is never broken by default.
    ///
    /// # Source
    /// 45 CFR 164.501 "health care operations", 164.506(c).
    #[must_use]
    pub const fn core_use(self) -> Option<CoreUse> {
        let goes_beyond = matches!(
            self,
            Self::Btg
                | Self::Mildcrg
                | Self::Donat
                | Self::Gov
                | Self::Hdecd
                | Self::Hlegal
                | Self::Milcdm
                | Self::Sysdev
                | Self::Htest
                | Self::Mltraining
        );
        if goes_beyond {
            None
        } else if self.is_a(Self::Treat) {
            Some(CoreUse::Treatment)
        } else if self.is_a(Self::Hpaymt) {
            Some(CoreUse::Payment)
        } else if self.is_a(Self::Hoperat) {
            Some(CoreUse::Operations)
        } else {
            None
        }
    }
}
