//! `eyelid-reader`: will be the only program that opens the keyring and decrypts. It does not exist yet: every call
//! is refused, so that no key can be made, no consent be given and nothing be recorded.

use std::process::ExitCode;

fn main() -> ExitCode {
    println!(
        r#"{{"message":"This build cannot open the keyring yet, so nothing can be recorded.","cure":"Wait for a build that has the reader."}}"#
    );
    ExitCode::from(7)
}
