//! Functions in libraries, for the tests of the list of functions (feature `inventory`).

pub use listed_library;
pub use listed_no_std;
