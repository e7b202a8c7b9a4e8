use super::*;

#[test]
fn an_exception_knows_its_type_text_and_place() {
    let line = line!() + 1;
    let result = (|| -> Result<u8> { Ok("x".parse()?) })();
    let error = result.unwrap_err();
    assert!(!error.is_declared());
    assert_eq!(error.type_name(), "ParseIntError");
    assert_eq!(error.message(), "core::num::error::ParseIntError: invalid digit found in string");
    assert_eq!(error.location().to_string(), format!("{}:{line}", file!()));
}

#[test]
fn people_see_what_sort_of_error_it_is_and_no_paths() {
    for (name, shown) in [
        ("mite_http::error::Error", Some("http error")),
        ("std::io::error::Error", Some("io error")),
        ("serde_json::error::Error", Some("serde_json error")),
        ("core::num::error::ParseIntError", Some("ParseIntError")),
        ("shop::Failed<alloc::string::String>", Some("Failed")),
        ("anyhow::Error", None),
        ("alloc::string::String", None),
        ("alloc::boxed::Box<dyn core::error::Error>", None),
        ("&str", None),
    ] {
        assert_eq!(sort(name).as_deref(), shown, "{name}");
    }
    for error in [Error::new("a: b"), Error::from("x".parse::<u8>().unwrap_err())] {
        assert_eq!(without_path(&error.message()), error.shown());
    }
    assert_eq!(without_path("panic: at std::x: no"), "panic: at std::x: no");
    let error = Error::from(std::io::Error::other("no disk"));
    assert!(error.shown_stacktrace().starts_with("io error: no disk\n  at "));
    assert!(error.stacktrace().starts_with("std::io::error::Error: no disk\n  at "));
    assert!(format!("{error:?}").starts_with("io error: no disk\n  at "));
}

#[test]
fn text_and_boxed_errors_pass_with_or_error() {
    let text: std::result::Result<(), &str> = Err("just text");
    assert_eq!(text.or_error().unwrap_err().text(), "just text");
    let boxed: std::result::Result<(), Box<dyn StdError + Send + Sync>> = Err("in a box".into());
    assert_eq!(boxed.or_error().unwrap_err().text(), "in a box");
}

#[test]
fn ensure_takes_format_arguments_and_fields() {
    fn check(x: u8, y: u8) -> Result {
        ensure!(x == y, "{} is not {y} {z}", x, z = 1, left: x, "right side": y);
        Ok(())
    }
    assert!(check(1, 1).is_ok());
    let error = check(1, 2).unwrap_err();
    assert_eq!(error.text(), "1 is not 2 1");
    assert_eq!(error.fields().get::<u8>("left"), Some(1));
    assert_eq!(error.fields().get::<u8>("right side"), Some(2));
}

#[test]
fn the_chain_of_causes_is_kept() {
    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);
    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }
    impl StdError for Outer {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }
    let error = Error::from(Outer("x".parse::<u8>().unwrap_err()));
    assert_eq!(error.causes(), ["invalid digit found in string"]);
    assert!(error.stacktrace().contains("caused by: invalid digit"));
}
