// tests/book/peers/goose/src/main.rs
use std::time::Duration;

use goose::prelude::*;

async fn log_in(user: &mut GooseUser) -> TransactionResult {
    let n = user.weighted_users_index;
    let form = [("user", format!("user-{n}")), ("password", format!("secret-{n}"))];
    user.post_form("/login", &form).await?;
    Ok(())
}

async fn look(user: &mut GooseUser) -> TransactionResult {
    for item in [1, 2, 3] {
        user.get_named(&format!("/items/{item}"), "Look").await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

async fn order(user: &mut GooseUser) -> TransactionResult {
    user.post_json("/orders", &serde_json::json!({ "item": 3 })).await?;
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), GooseError> {
    GooseAttack::initialize()?
        .register_scenario(
            scenario!("visit")
                .register_transaction(transaction!(log_in))
                .register_transaction(transaction!(look))
                .register_transaction(transaction!(order)),
        )
        .set_default(GooseDefault::Users, 5)?
        .execute()
        .await?;
    Ok(())
}
