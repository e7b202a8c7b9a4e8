//! What the compiler says of right and of wrong tests.
//!
//! `TRYBUILD=overwrite cargo test --test ui` writes the expected texts anew.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/fail/*.rs");
}
