//! The recovery key: printed once, kept nowhere.

use crate::failure::Failure;
use crate::keyring::Ask;
use crate::keys::{self, Changing};
use crate::passphrase::{self, Source};
use crate::{keeping, time};
use serde_json::{Value, json};
use std::path::Path;
use vault::log::{Entry, KeyChange};
use vault::{Kept, Master};
use zeroize::Zeroizing;

/// What every identity of `age` begins with.
const PREFIX: &str = "AGE-SECRET-KEY-1";
/// Letters of a group.
const GROUP: usize = 4;
/// What the client says once the person has it.
const KEPT: &str = "kept";

/// Makes a recovery key, prints it, and keeps a copy of the master that it opens once the person has it. Until then the
/// one before opens, and afterwards no longer. What is killed in between has changed nothing.
///
/// # Errors
/// See [`Failure`]; the recovery key before stays as it was.
pub fn new(dir: &Path, from: Option<Source>, program: &str) -> Result<Value, Failure> {
    let master = keys::master(dir, Ask::Nobody, || passphrase::present(from))?;
    let key = Master::generate();
    {
        let text = key.secret();
        println!("{}", *Zeroizing::new(json!({"recovery_key": groups(&text)}).to_string()));
    }
    if !passphrase::confirmed(KEPT) {
        return Err(Failure::Typed("The new recovery key was not kept, so it opens nothing.".into()));
    }
    let rolled_back = keys::rolled_back(dir);
    let head = vault::keep_recovery(dir, &master, &key, time::now(), program)?;
    keys::keep_head(dir, &head, rolled_back);
    Ok(json!({"recovery": keys::recovery(dir)?}))
}

/// Puts the key back into the keyring, plain: its keyring was lost, or its passphrase forgotten.
///
/// # Errors
/// See [`Failure`]; the keyring stays as it was.
pub fn put_back(dir: &Path, from: Option<Source>, program: &str) -> Result<Value, Failure> {
    let _changing = Changing::begin(dir, keys::PATIENCE)?;
    let key = parse(&passphrase::recovery_key(from)?)?;
    let master = vault::recover(dir, &key)?;
    let rolled_back = keys::rolled_back(dir);
    let entry = Entry::Key { what: KeyChange::RecoveryUsed, program: program.into() };
    let head = vault::log_entry(dir, time::now(), &entry)?;
    let kept = Kept::Plain(master);
    keeping::replace(&vault::vault_id(dir)?, &kept, Ask::Person)?;
    keys::keep_head(dir, &head, rolled_back);
    Ok(json!({"key": kept.public(), "passphrase": false}))
}

/// In groups, as it is read and typed more easily. The first is the same for every key.
fn groups(key: &str) -> Vec<&str> {
    let rest = key.strip_prefix(PREFIX).unwrap_or(key);
    let ends = (GROUP..rest.len()).step_by(GROUP).chain([rest.len()]);
    let starts = (0..rest.len()).step_by(GROUP);
    std::iter::once(PREFIX).chain(starts.zip(ends).map(|(from, to)| &rest[from..to])).collect()
}

/// Takes what a person copied from paper: with blanks or without, capitals or not, the beginning that is always the same
/// left out. The letters B, I and O and the figure 1 occur in none; what they are mistaken for does.
fn parse(typed: &str) -> Result<Master, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(typed.len() * 2));
    text.extend(typed.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()));
    let rest = text.strip_prefix(PREFIX).unwrap_or(&text);
    let mut key = Zeroizing::new(String::with_capacity(PREFIX.len() + rest.len()));
    key.push_str(PREFIX);
    key.extend(rest.chars().map(|c| match c {
        'B' => '8',
        'I' | '1' => 'L',
        'O' => '0',
        other => other,
    }));
    Master::parse(&key).map_err(|_| Failure::Typed("That is no recovery key: a letter is wrong or missing.".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_taken_back_however_a_person_copies_it() {
        let key = Master::generate();
        let secret = key.secret();
        let groups = groups(&secret);
        assert_eq!((groups.len(), groups.concat()), (16, secret.to_string()));
        let spaced = groups.join(" ");
        let misread = groups[1..].concat().replace('8', "B").replace('L', "1").replace('0', "o");
        for typed in [&secret, &spaced, &spaced.to_lowercase(), &groups[1..].join("  "), &misread] {
            assert_eq!(parse(typed).unwrap().public(), key.public(), "{typed}");
        }
    }

    #[test]
    fn a_mistyped_letter_is_told_and_not_taken_for_another_key() {
        let secret = Master::generate().secret();
        for at in PREFIX.len()..secret.len() {
            let other = if secret.as_bytes()[at] == b'Q' { "P" } else { "Q" };
            let typed = format!("{}{other}{}", &secret[..at], &secret[at + 1..]);
            assert!(matches!(parse(&typed), Err(Failure::Typed(_))), "letter {at}");
        }
        assert!(parse("").is_err() && parse(&secret[..secret.len() - 1]).is_err());
    }
}
