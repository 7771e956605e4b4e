//! Consent on a terminal: shown whole, asked with a word. There is no way around the question.

use crate::commands::{connect, done};
use crate::reader;
use policy::{KeyLevel, Streams};
use protocol::{ErrorCode, Failure, Request, Response};
use rustix::termios::isatty;
use std::io::{BufRead, Write};
use std::process::ExitCode;

/// The streams named by `screen,keys:text,pointer,focus`.
fn streams(text: &str) -> Result<Streams, Failure> {
    let mut streams = Streams::default();
    for name in text.split(',').map(str::trim).filter(|n| !n.is_empty()) {
        match name {
            "screen" => streams.screen = true,
            "keys:text" => streams.keys = KeyLevel::Text,
            "keys:activity" => streams.keys = KeyLevel::Activity,
            "pointer" => streams.pointer = true,
            "focus" => streams.focus = true,
            other => {
                return Err(Failure::new(
                    ErrorCode::InvalidInput,
                    format!("\"{other}\" is not a stream."),
                    "Choose from screen, keys:text or keys:activity, pointer, focus.",
                ));
            }
        }
    }
    Ok(streams)
}

/// Shows what it means and asks.
pub async fn grant(names: &str, json: bool) -> Result<ExitCode, Failure> {
    let streams = streams(names)?;
    if !isatty(std::io::stdin()) || !isatty(std::io::stderr()) {
        return Err(Failure::new(
            ErrorCode::ConsentRefused,
            "Only a person can agree to being recorded, and this is not a terminal.",
            "Run it in a terminal, or use Eyelid's window.",
        ));
    }
    let (client, _, _) = connect().await?;
    let Response::Offer { paragraphs, word } = client.request(Request::ConsentOffer(streams)).await? else {
        return Err(Failure::new(ErrorCode::Internal, "No offer came.", "Try again."));
    };
    let mut out = std::io::stderr().lock();
    let mut text = String::new();
    for paragraph in paragraphs {
        text.push_str(&format!("{}\n  {}\n", paragraph.heading, paragraph.body));
    }
    text.push_str(&format!("\nType \"{word}\" to agree: "));
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    drop(out);
    let mut typed = String::new();
    std::io::stdin().lock().read_line(&mut typed).map_err(|e| {
        Failure::new(ErrorCode::ConsentRefused, format!("Nothing was typed: {e}."), "Run it in a terminal.")
    })?;
    if typed.trim() != word {
        return Err(Failure::new(
            ErrorCode::ConsentRefused,
            "That was not the word. Nothing is recorded.",
            "Run it again when you want to agree.",
        ));
    }
    // The key is made only now, when a person has agreed.
    reader::ensure_keys()?;
    client.request(Request::ConsentGrant(typed)).await?;
    done(json, "Agreed. The mark on each screen shows when Eyelid records.")
}

/// The stored receipt.
pub async fn show(json: bool) -> Result<ExitCode, Failure> {
    let (client, _, _) = connect().await?;
    let Response::Receipt(receipt) = client.request(Request::ConsentShow).await? else {
        return Err(Failure::new(ErrorCode::Internal, "No receipt came.", "Try again."));
    };
    match receipt {
        Some(receipt) if json => println!("{receipt}"),
        Some(receipt) => {
            let value: serde_json::Value = serde_json::from_str(&receipt).unwrap_or_default();
            println!("{}", serde_json::to_string_pretty(&value).unwrap_or_default());
        }
        None if json => println!("null"),
        None => println!("You have not agreed to any recording."),
    }
    Ok(ExitCode::SUCCESS)
}

/// Withdraws.
pub async fn withdraw(erase: bool, json: bool) -> Result<ExitCode, Failure> {
    let (client, _, _) = connect().await?;
    client.request(Request::ConsentWithdraw(erase)).await?;
    let text = if erase {
        "Withdrawn, and everything recorded is erased."
    } else {
        "Withdrawn. Nothing is recorded any more. What was recorded is still there; --erase erases it."
    };
    done(json, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_exactly() {
        let all = streams("screen, keys:text,pointer,focus").expect("all of them");
        assert_eq!(all, Streams { screen: true, keys: KeyLevel::Text, pointer: true, focus: true });
        assert_eq!(streams("").expect("none"), Streams::default());
        assert!(streams("keys").is_err());
        assert!(streams("screen,camera").expect_err("no such stream").message.contains("camera"));
    }
}
