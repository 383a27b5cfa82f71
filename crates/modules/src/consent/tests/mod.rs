//! Tables per call, and the laws under random calls.

mod facts;
mod model;
mod table;
