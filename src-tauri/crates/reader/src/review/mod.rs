//! The session through which the window looks at what was recorded: questions on standard input, answers on standard
//! output, until the input closes.
//!
//! What is opened lives in this process, which closes its door before it answers: from then on it opens no socket and
//! starts no program. What has to be asked of the keyring it asks of a child that opens no record: see [`keeper`].
//!
//! A timeline is entered in the log once for its range; searches, reports and checks each time. Entries come before
//! bytes by type: [`vault::Session`] is had from [`Entered`] alone, and goes no further than it.

mod fit;
mod html;
mod index;
pub mod keeper;
mod log;
mod moment;
mod overview;
mod report;
mod save;
mod search;

use crate::failure::Failure;
use crate::{harden, time};
use index::Index;
use keeper::Keeper;
use policy::Wall;
use protocol::review::{self, ReadAnswer, ReadAsk, Span, Verified};
use protocol::{ErrorCode, Secret};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use vault::log::Entry;
use vault::{Entered, Master, OpenError, Opener, ReadError, Session, Strips};
use zeroize::Zeroizing;

/// All of time.
const ALWAYS: (Wall, Wall) = (Wall(i64::MIN), Wall(i64::MAX));

/// A reading that the key was replaced under is begun anew so many times.
const TRIES: u32 = 4;

/// No more places of damage are told.
const DAMAGE: usize = 50;

/// Why a question is not answered.
type Refusal = protocol::Failure;

/// What the session keeps between questions.
struct Review {
    dir: PathBuf,
    program: String,
    /// Where reports are saved, and nothing else is written but the vault's log.
    folder: Option<PathBuf>,
    /// The vault's folder as it was when the door was closed.
    closed_on: Option<(u64, u64)>,
    keeper: Keeper,
    vault: Option<Opener>,
    /// Ranges of the timeline that were entered in the log.
    entered: Vec<Entered>,
    /// Length of the log when [`Review::index`] and [`Review::strips`] were last compared with the vault.
    compared: i64,
    strips: Strips,
    index: Index,
}

/// Answers questions until the input closes.
///
/// # Errors
/// When the keeper cannot be started or the wire is of no use any more.
pub fn review(dir: &Path, program: &str) -> Result<(), Failure> {
    let keeper = Keeper::start(dir).map_err(|_| Failure::Other("This program cannot be started twice.".into()))?;
    let folder = save::folder(|name| std::env::var_os(name).map(PathBuf::from));
    let mut review = Review {
        dir: dir.to_owned(),
        program: program.to_owned(),
        folder,
        closed_on: None,
        keeper,
        vault: None,
        entered: Vec::new(),
        compared: 0,
        strips: Strips::default(),
        index: Index::default(),
    };
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    loop {
        let ask = match review::read_ask(&mut input) {
            Ok(Some(ask)) => ask,
            Ok(None) => return Ok(()),
            // Its own words may repeat what was sent.
            Err(_) => return Err(Failure::Usage("A question was not understood.".into())),
        };
        let usable = review.close_door();
        let (answer, picture) = match usable.clone().and_then(|()| review.answer(ask)) {
            Ok(answered) => answered,
            Err(refusal) => (ReadAnswer::Failed(refusal), Zeroizing::default()),
        };
        let written = review::write_answer(&mut output, &fit::fit(answer), &picture);
        written.map_err(|_| Failure::Other("Nobody takes the answers.".into()))?;
        if usable.is_err() {
            return Ok(());
        }
    }
}

/// Which folder that is, whatever its name.
fn folder_itself(dir: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(dir).ok().filter(std::fs::Metadata::is_dir).map(|folder| (folder.dev(), folder.ino()))
}

impl Review {
    /// Closes the door as soon as there is a vault, which is before anything can be opened. It is closed around that
    /// folder: in another of the same name this process could not write the log, and so may not read.
    fn close_door(&mut self) -> Result<(), Refusal> {
        let folder = folder_itself(&self.dir);
        if self.closed_on.is_none() && folder.is_some() {
            harden::close_door_but_for_files(&[&self.dir], self.folder.as_deref());
            self.closed_on = folder;
        }
        if self.closed_on == folder {
            return Ok(());
        }
        let message = "The vault's folder was replaced while it was being looked at.";
        Err(Refusal::new(ErrorCode::VaultUnavailable, message, "Open this page anew."))
    }

    fn answer(&mut self, ask: ReadAsk) -> Result<(ReadAnswer, Zeroizing<Vec<u8>>), Refusal> {
        let answer = match ask {
            ReadAsk::Unlock(passphrase) => {
                self.unlock(&passphrase)?;
                ReadAnswer::Unlocked
            }
            ReadAsk::Hours => ReadAnswer::Hours(overview::hours(&self.dir)?),
            ReadAsk::Overview(span) => ReadAnswer::Overview(self.overview(range(span)?)?),
            ReadAsk::Moment(span) => ReadAnswer::Moment(self.moment(range(span)?)?),
            ReadAsk::Picture(at) => {
                let bmp = self.picture(at)?;
                return Ok((ReadAnswer::Picture(u32::try_from(bmp.len()).unwrap_or(0)), bmp));
            }
            ReadAsk::Search { text, span } => self.search(&Zeroizing::new(text), range(span)?)?,
            ReadAsk::Report(span) => ReadAnswer::Report(self.report(range(span)?)?),
            ReadAsk::ReportSave(span) => ReadAnswer::Saved(self.report_save(range(span)?)?),
            ReadAsk::Log(before) => ReadAnswer::Log(self.log(before)?),
            ReadAsk::Verify => ReadAnswer::Verified(self.verify()?),
        };
        Ok((answer, Zeroizing::default()))
    }

    /// Opens the key that is under a passphrase; the keeper keeps that for as long as this session lasts.
    fn unlock(&mut self, passphrase: &Secret) -> Result<(), Refusal> {
        let master = self.keeper.unlock(passphrase.as_str())?;
        self.open(master)
    }

    /// Opens the vault. If the key was replaced since it was asked for, it is asked for anew.
    fn open(&mut self, mut master: Master) -> Result<(), Refusal> {
        for _ in 0..TRIES {
            match Opener::open(&self.dir, master) {
                Err(ReadError::WrongKey) => master = self.keeper.master()?,
                opened => {
                    self.vault = Some(opened.map_err(Failure::from)?);
                    return Ok(());
                }
            }
        }
        Err(Failure::KeyBusy.into())
    }

    /// The vault as it is now, with the master that it is sealed to now.
    fn vault(&mut self) -> Result<&mut Opener, Refusal> {
        if self.vault.as_ref().is_some_and(|vault| !vault.is_in_place()) {
            // Another file is another vault, whatever it holds: nothing of this one is shown for it.
            self.vault = None;
            self.entered.clear();
            self.strips = Strips::default();
            self.index = Index::default();
        }
        let current = match &self.vault {
            Some(vault) => vault.has_its_master().map_err(Failure::from)?,
            None => false,
        };
        if !current {
            self.vault = None;
            let master = self.keeper.master()?;
            self.open(master)?;
        }
        self.compare()?;
        Ok(self.vault.as_mut().expect("it was opened above"))
    }

    /// Lets go of what was forgotten since.
    fn compare(&mut self) -> Result<(), Refusal> {
        let Some(vault) = &self.vault else { return Ok(()) };
        let length = vault.log_length().map_err(Failure::from)?;
        if length != self.compared {
            self.strips = Strips::default();
            if let Some(range) = self.index.range() {
                self.index.keep_only(range, &vault.epoch_marks(range).map_err(Failure::from)?);
            }
            self.compared = length;
        }
        Ok(())
    }

    /// Enters a reading in the log.
    fn enter(&mut self, purpose: &str, (from, to): (Wall, Wall)) -> Result<Entered, Refusal> {
        let program = self.program.clone();
        let vault = self.vault()?;
        let items = vault.count((from, to)).map_err(Failure::from)?;
        let entry = Entry::Reading { program, purpose: purpose.into(), from: from.0, to: to.0, items };
        let entered = vault.enter(time::now(), &entry).map_err(Failure::from)?;
        if entered.head().count == self.compared + 1 {
            self.compared = entered.head().count;
        }
        self.keeper.keep(entered.head());
        Ok(entered)
    }

    /// The entry of a timeline's range: one that covers it, or a new one.
    fn timeline(&mut self, range: (Wall, Wall)) -> Result<Entered, Refusal> {
        self.vault()?;
        if let (Some(vault), Some(known)) = (&mut self.vault, self.entered.iter().find(|known| known.covers(range))) {
            match vault.again(known) {
                Ok(_) => return Ok(known.clone()),
                // The log has lost its entries: they are made anew.
                Err(ReadError::NotEntered) => self.entered.clear(),
                Err(error) => return Err(Failure::from(error).into()),
            }
        }
        let entered = self.enter("timeline", range)?;
        self.entered.push(entered.clone());
        Ok(entered)
    }

    /// Reads what was entered; anew if the key was replaced meanwhile.
    fn read<T>(
        &mut self,
        entered: &Entered,
        work: impl Fn(&Session<'_>, &mut Strips) -> Result<T, ReadError>,
    ) -> Result<T, Refusal> {
        for _ in 0..TRIES {
            self.vault()?;
            let Some(vault) = &mut self.vault else { continue };
            let session = vault.again(entered).map_err(Failure::from)?;
            let read = work(&session, &mut self.strips);
            if vault.is_in_place() && vault.has_its_master().map_err(Failure::from)? {
                return Ok(read.map_err(Failure::from)?);
            }
        }
        Err(Failure::from(ReadError::Open(OpenError::Busy)).into())
    }

    fn verify(&mut self) -> Result<Verified, Refusal> {
        let entered = self.enter("verify", ALWAYS)?;
        let (found, begins, more) = self.read(&entered, |session, _| {
            let mut found = session.verify()?;
            let more = found.damage.len().saturating_sub(DAMAGE);
            found.damage.truncate(DAMAGE);
            let begins =
                found.damage.iter().map(|damage| session.begins(damage.epoch)).collect::<Result<Vec<_>, _>>()?;
            Ok((found, begins, more))
        })?;
        let mut damage = Vec::new();
        if self.keeper.rolled_back() == Some(true) {
            damage.push("An older state of the recording was put back.".to_owned());
        }
        if !found.log_holds {
            damage.push("The access log is broken.".to_owned());
        }
        damage.extend(found.damage.into_iter().zip(begins).map(|(damage, begins)| {
            let place = begins.map_or_else(
                || format!("Part {}", damage.epoch),
                |at| time::local(at).strftime("%Y-%m-%d, the minute from %H:%M:%S").to_string(),
            );
            let record = damage.seq.map(|seq| format!(", record {seq}")).unwrap_or_default();
            format!("{place}{record}: {}.", damage.what)
        }));
        if more > 0 {
            damage.push(format!("{more} places more."));
        }
        Ok(Verified { records: found.records, damage })
    }
}

fn range(span: Span) -> Result<(Wall, Wall), Refusal> {
    if span.from > span.to {
        return Err(Failure::Usage("The range ends before it begins.".into()).into());
    }
    Ok((span.from, span.to))
}
