//! What the compiler says of right and of wrong tests.
//!
//! `TRYBUILD=overwrite cargo test -p mite-tests --test ui` writes the expected texts anew.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}
