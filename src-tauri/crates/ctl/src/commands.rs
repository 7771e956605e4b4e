//! Requests to the agent, one function each.

use crate::args::Identity;
use crate::{print, time};
use policy::PauseFor;
use protocol::client::Client;
use protocol::paths::Paths;
use protocol::review::Span;
use protocol::{AppIdentity, ErrorCode, Event, Failure, Request, Response, Snapshot};
use std::process::ExitCode;
use tokio::sync::mpsc;

/// Connects to the agent.
pub async fn connect() -> Result<(Client, Snapshot, mpsc::UnboundedReceiver<Event>), Failure> {
    let paths = Paths::from_env()
        .map_err(|e| Failure::new(ErrorCode::NotRunning, e.to_string(), "Log in to your desktop first."))?;
    Client::connect(&paths.socket, "eyelidctl").await.map_err(|failure| {
        // Eyelid takes its socket away when it is told to end.
        if failure.code == ErrorCode::NotRunning && paths.socket.exists() {
            let why = "Eyelid is not running, though nobody ended it: the display server may have died, or a program \
                       killed it. Nothing is recorded.";
            return Failure::new(ErrorCode::NotRunning, why, failure.cure);
        }
        failure
    })
}

/// Prints that it is done.
pub fn done(json: bool, text: &str) -> Result<ExitCode, Failure> {
    if json {
        println!("{}", serde_json::json!({ "done": true }));
    } else {
        println!("{text}");
    }
    Ok(ExitCode::SUCCESS)
}

fn unexpected() -> Failure {
    Failure::new(ErrorCode::Internal, "The agent gave another answer than was asked for.", "Report this.")
}

/// The state, once or for ever.
pub async fn status(json: bool, watch: bool) -> Result<ExitCode, Failure> {
    let (client, _, mut events) = connect().await?;
    let Response::Snapshot(snapshot) = client.request(Request::Status).await? else { return Err(unexpected()) };
    let mut snapshot = *snapshot;
    print::status(&snapshot, json);
    if !watch {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        match events.recv().await {
            Some(Event::Changes(changes)) => {
                let before = snapshot.clone();
                changes.into_iter().for_each(|change| snapshot.apply(change));
                if json || print::differs(&before, &snapshot) {
                    print::status(&snapshot, json);
                }
            }
            Some(Event::Snapshot(new)) => snapshot = *new,
            Some(Event::Notice { .. }) => {}
            Some(Event::Gone(why)) => {
                return Err(Failure::new(
                    ErrorCode::NotRunning,
                    format!("Eyelid has ended ({why})."),
                    "Start it: eyelid",
                ));
            }
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Pauses and prints the acknowledgement.
pub async fn pause(json: bool, duration: Option<String>, until: Option<String>) -> Result<ExitCode, Failure> {
    let pause = match (duration, until) {
        (Some(duration), _) => PauseFor::Minutes(time::minutes(&duration)?),
        (None, Some(until)) => time::until(&until, &jiff::Zoned::now())?,
        (None, None) => PauseFor::Resumed,
    };
    let (client, _, _) = connect().await?;
    let Response::Paused(acknowledgement) = client.request(Request::Pause(pause)).await? else {
        return Err(unexpected());
    };
    print::acknowledgement(&acknowledgement, json);
    Ok(ExitCode::SUCCESS)
}

/// Ends the pause.
pub async fn resume(json: bool) -> Result<ExitCode, Failure> {
    let (client, _, _) = connect().await?;
    client.request(Request::Resume).await?;
    let Response::Snapshot(snapshot) = client.request(Request::Status).await? else { return Err(unexpected()) };
    if snapshot.status.holds.is_empty() {
        return done(json, "Recording again.");
    }
    if !json {
        println!("Your pause has ended. Still held:");
    }
    print::status(&snapshot, json);
    Ok(ExitCode::SUCCESS)
}

/// Erases the last minutes.
pub async fn forget(json: bool, duration: &str) -> Result<ExitCode, Failure> {
    let minutes = time::minutes(duration)?;
    let (client, _, _) = connect().await?;
    client.request(Request::Forget(minutes)).await?;
    done(json, &format!("The last {minutes} min are deleted."))
}

/// Erases a range.
pub async fn forget_range(json: bool, from: &str, to: &str) -> Result<ExitCode, Failure> {
    let span = Span { from: time::wall(from)?, to: time::wall(to)? };
    let (client, _, _) = connect().await?;
    client.request(Request::ForgetSpan(span)).await?;
    done(
        json,
        &format!("What was recorded from {} to {} is deleted.", time::rfc3339(span.from), time::rfc3339(span.to)),
    )
}

/// The clock is right.
pub async fn confirm_clock(json: bool) -> Result<ExitCode, Failure> {
    let (client, _, _) = connect().await?;
    client.request(Request::ClockConfirm).await?;
    done(json, "The clock is confirmed.")
}

/// The rules in force.
pub async fn rules_list(json: bool) -> Result<ExitCode, Failure> {
    let (_, snapshot, _) = connect().await?;
    print::rules(&snapshot.rules, json);
    Ok(ExitCode::SUCCESS)
}

/// What the rules say of an app.
pub async fn rules_check(identity: Identity, json: bool) -> Result<ExitCode, Failure> {
    let Identity { exe, class, app_id, title, url } = identity;
    let (client, _, _) = connect().await?;
    let asked = AppIdentity { exe, class, app_id, title, url };
    let Response::Verdict(verdict) = client.request(Request::RulesCheck(asked)).await? else {
        return Err(unexpected());
    };
    print::verdict(&verdict, json);
    Ok(ExitCode::SUCCESS)
}
