//! Operators, accounts and users as `nsc` makes them, made here: a server that trusts an
//! operator, and the file of credentials of a user.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nkeys::KeyPair;
use serde_json::{Value, json};

/// What a server with JWTs needs, and what a user of it has.
pub(crate) struct Operator {
    /// Lines of the server's configuration.
    pub(crate) config: String,
    account: KeyPair,
}

impl Operator {
    pub(crate) fn new() -> Self {
        let (operator, account) = (KeyPair::new_operator(), KeyPair::new_account());
        let own = jwt(
            &operator,
            &operator.public_key(),
            "operator",
            json!({ "type": "operator", "version": 2 }),
        );
        let unlimited = json!({
            "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true,
            "conn": -1, "leaf": -1, "mem_storage": -1, "disk_storage": -1, "streams": -1, "consumer": -1,
        });
        let of_account = json!({ "type": "account", "version": 2, "limits": unlimited });
        let of_account = jwt(&operator, &account.public_key(), "load", of_account);
        let public = account.public_key();
        let config = format!(
            "operator: {own}\nresolver: MEMORY\nresolver_preload: {{ {public}: {of_account} }}\n"
        );
        Self { config, account }
    }

    /// The text of a file of credentials for a user.
    pub(crate) fn credentials(&self, name: &str) -> String {
        let user = KeyPair::new_user();
        let claims = json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
        let jwt = jwt(&self.account, &user.public_key(), name, claims);
        let seed = user.seed().expect("it has one");
        format!(
            "-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{seed}\n------END USER NKEY SEED------\n"
        )
    }
}

fn jwt(issuer: &KeyPair, subject: &str, name: &str, nats: Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let issued = std::time::UNIX_EPOCH.elapsed().expect("it is later").as_secs();
    let head = encode(&json!({ "typ": "JWT", "alg": "ed25519-nkey" }));
    let claims = encode(&json!({
        "jti": format!("{name}-{issued}"), "iat": issued, "iss": issuer.public_key(),
        "sub": subject, "name": name, "nats": nats,
    }));
    let signed = format!("{head}.{claims}");
    let signature = issuer.sign(signed.as_bytes()).expect("it can sign");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}
