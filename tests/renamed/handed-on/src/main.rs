kit::mite::main!(handed_on);
