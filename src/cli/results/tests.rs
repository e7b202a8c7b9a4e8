use super::super::args::tests::options;

fn labels(words: &str) -> Result<Vec<(String, String)>, String> {
    let labels = options(words).results.labels();
    labels.map(|labels| labels.into_iter().collect()).map_err(|e| e.text().to_owned())
}

#[test]
fn labels_have_keys() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        labels("--label branch=main --label commit=a=b"),
        Ok(vec![pair("branch", "main"), pair("commit", "a=b")])
    );
    assert_eq!(
        labels("--label main"),
        Err("--label `main` is not KEY=VALUE; write branch=main".to_owned())
    );
    assert_eq!(
        labels("--label a=1 --label a=2"),
        Err("--label a is given twice; leave one out".to_owned())
    );
    assert!(labels("--label =x").is_err());
}

#[test]
fn settings_are_what_was_given_without_secrets() {
    let options = options(
        "--spawn-rate 20 --add-to-config password:x --json a.json --seed 5 --keep-going \
         --threshold errors",
    );
    let given: Vec<_> = options.results.given.into_iter().collect();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(
        given,
        [pair("keep_going", "true"), pair("spawn_rate", "20"), pair("threshold", "errors")]
    );
}
