//! Quarters of the calendar.

use crate::{Quarter, UnixMs, decode, encode};
use proptest::prelude::*;

#[test]
fn moments_and_their_quarters() {
    for (ms, text) in [
        (0, "1970-Q1"),
        (7_775_999_999, "1970-Q1"),
        (7_776_000_000, "1970-Q2"),
        // 2000-02-29, 2000-03-31T23:59:59.999, 2000-04-01.
        (951_782_400_000, "2000-Q1"),
        (954_547_199_999, "2000-Q1"),
        (954_547_200_000, "2000-Q2"),
        // 2024-12-31T23:59:59.999 and 2025-01-01.
        (1_735_689_599_999, "2024-Q4"),
        (1_735_689_600_000, "2025-Q1"),
        // 2026-11-28.
        (1_795_824_000_000, "2026-Q4"),
        (u64::MAX, "9999-Q4"),
    ] {
        assert_eq!(Quarter::of(UnixMs(ms)).to_string(), text, "{ms}");
    }
}

#[test]
fn texts_that_are_no_quarters() {
    for wrong in ["", "2026", "2026-Q0", "2026-Q5", "2026-q1", "26-Q1", "02026-Q1", "+026-Q1", "2026-Q+1", "10000-Q1"] {
        assert!(wrong.parse::<Quarter>().is_err(), "{wrong}");
    }
    assert!(decode::<Quarter>(&40_000_u16.to_le_bytes(), 2).is_err());
}

proptest! {
    #[test]
    fn text_and_back(year in 0_u16..=9_999, quarter in 1_u16..=4) {
        let made = Quarter::new(year, quarter).unwrap();
        prop_assert_eq!((made.year(), made.quarter()), (year, quarter));
        prop_assert_eq!(made.to_string().parse(), Ok(made));
        prop_assert_eq!(decode(&encode(&made), 2), Ok(made));
    }

    #[test]
    fn time_passes_forward(ms in 0_u64..250_000_000_000_000, later in 0_u64..10_000_000_000) {
        let (before, after) = (Quarter::of(UnixMs(ms)), Quarter::of(UnixMs(ms + later)));
        prop_assert!(before <= after);
        // A quarter has at least 90 days and at most 92.
        let quarters = u64::from(after.year() * 4 + after.quarter()) - u64::from(before.year() * 4 + before.quarter());
        prop_assert!(quarters <= later / (90 * 86_400_000) + 1);
        prop_assert!(quarters + 1 >= later / (92 * 86_400_000));
    }
}
