//! What the compiler says of wrong tests.

#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("fail/*.rs");
}
