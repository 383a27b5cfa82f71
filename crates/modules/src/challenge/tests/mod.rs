//! Tables per call, and the laws under random calls.
