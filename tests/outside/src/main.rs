mite::main!(signup_load);
