//! A search for what should have been sealed, in each form in which a careless program leaves it on a disk: as it is,
//! packed, in a database page, in a write-ahead log, as a picture.

use anyhow::Context;
use eyelid_tests::{Result, Screenshot};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const SQLITE: &[u8] = b"SQLite format 3\0";
const AGE: &[u8] = b"age-encryption.org/v1\n";
/// How records begin before they are packed and sealed, and the keys that open them.
const RECORDS: [&str; 5] = ["{\"stream\":\"", "\"kind\":{\"text\":", "\"tiles\":[[", "P6\n64 ", "AGE-SECRET-KEY-1"];
/// So many pixels of the colour side by side are no chance.
const RUN: usize = 16;

/// What was typed and shown.
pub struct Sought {
    /// Words of a title, a text, an app's name; they stand nowhere else on the machine.
    pub word: String,
    /// A colour on the screen, 0xRRGGBB.
    pub colour: u32,
}

impl Sought {
    /// A word that no other test, and no earlier run, has used.
    pub fn new(colour: u32) -> Result<Sought> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
        let mut rest = since ^ (u128::from(std::process::id()) << 64);
        let letters = std::iter::from_fn(|| {
            let letter = b'a' + u8::try_from(rest % 26).ok()?;
            rest /= 26;
            Some(char::from(letter))
        });
        Ok(Sought { word: letters.take(14).chain("xq".chars()).collect(), colour })
    }

    /// What of it stands in these bytes as it is; nothing if nothing does.
    fn plainly(&self, bytes: &[u8]) -> Option<String> {
        if has(bytes, self.word.as_bytes()) {
            return Some("the word".into());
        }
        let wide: Vec<u8> = self.word.encode_utf16().flat_map(u16::to_le_bytes).collect();
        if has(bytes, &wide) {
            return Some("the word in UTF-16".into());
        }
        let [_, r, g, b] = self.colour.to_be_bytes();
        let layouts = [vec![r, g, b], vec![b, g, r], vec![b, g, r, 0], vec![b, g, r, 255], vec![r, g, b, 255]];
        layouts.iter().any(|pixel| has(bytes, &pixel.repeat(RUN))).then(|| "the picture".into())
    }

    /// As [`Sought::plainly`], also packed.
    fn anyhow(&self, bytes: &[u8]) -> Option<String> {
        let packed = || {
            starts(bytes, ZSTD).find_map(|at| {
                let plain = unpacked(&bytes[at..])?;
                self.plainly(&plain).map(|found| format!("{found}, packed"))
            })
        };
        self.plainly(bytes).or_else(packed)
    }

    /// Everything in a folder, at whatever depth, in which it stands. `skip` are folders not looked into.
    pub fn below(&self, folder: &Path, skip: &[PathBuf]) -> Result<Vec<String>> {
        let mut found = Vec::new();
        each_file(folder, &|path| !skip.iter().any(|s| s == path), &mut |path, bytes| {
            let picture = || {
                let picture = bytes.starts_with(PNG).then(|| Screenshot::read(path).ok()).flatten()?;
                (picture.count(self.colour) >= RUN).then(|| "the picture as PNG".to_owned())
            };
            found.extend(self.anyhow(bytes).or_else(picture).map(|what| told(path, &what)));
        })?;
        Ok(found)
    }

    /// Everything that changed in the system's temporary folders since then and in which it stands. Other desktops
    /// and build folders, which say what they are, are not looked into.
    pub fn in_the_systems_folders(&self, since: SystemTime, own: &Path) -> Result<Vec<String>> {
        let mut found = Vec::new();
        for folder in ["/tmp", "/var/tmp", "/dev/shm"] {
            let enter = |path: &Path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                path != own && !name.starts_with("desk-") && !path.join("CACHEDIR.TAG").exists()
            };
            each_changed(Path::new(folder), since, &enter, &mut |path, bytes| {
                found.extend(self.anyhow(bytes).map(|what| told(path, &what)));
            });
        }
        Ok(found)
    }
}

/// What in Eyelid's own folder is not sealed, whatever it says: a record as it was before, or one that is only packed.
pub fn unsealed_below(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut databases = Vec::new();
    each_file(folder, &|_| true, &mut |path, bytes| {
        found.extend(unsealed(bytes).map(|what| told(path, &what)));
        if bytes.starts_with(SQLITE) {
            databases.push(path.to_owned());
        }
    })?;
    for database in databases {
        // What is written while it is copied may make no sense together.
        let values = unsealed_values(&database).or_else(|_| unsealed_values(&database));
        found.extend(values.with_context(|| database.display().to_string())?);
    }
    Ok(found)
}

fn unsealed(bytes: &[u8]) -> Option<String> {
    let record = RECORDS.iter().find(|record| has(bytes, record.as_bytes()));
    // A frame that goes on in another page of a database does not unpack; its head says that it is one.
    let packed = || {
        let is_head = |at: usize| {
            unpacked(&bytes[at..]).is_some()
                || zstd::zstd_safe::get_frame_content_size(&bytes[at..])
                    .is_ok_and(|size| size.is_some_and(|size| size < 1 << 30))
        };
        starts(bytes, ZSTD).find(|at| is_head(*at)).map(|at| format!("a packed record at {at}"))
    };
    record.map(|record| format!("a record: {record:?}")).or_else(packed)
}

/// The values of a database, put together from their pages: sealed ones must be age files.
fn unsealed_values(database: &Path) -> Result<Vec<String>> {
    // A copy: the programs that write it shall not be disturbed.
    let copy = tempfile::tempdir()?;
    let name = database.file_name().context("a name")?.to_string_lossy().into_owned();
    for suffix in ["", "-wal"] {
        let from = database.with_file_name(format!("{name}{suffix}"));
        if from.exists() {
            std::fs::copy(from, copy.path().join(format!("{name}{suffix}")))?;
        }
    }
    let db = Connection::open_with_flags(copy.path().join(&name), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut found = Vec::new();
    let mut tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<std::result::Result<Vec<_>, _>>()?;
    for table in tables {
        let mut all = db.prepare(&format!("SELECT * FROM \"{table}\""))?;
        let columns: Vec<String> = all.column_names().map(str::to_owned).collect();
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            for (column, name) in columns.iter().enumerate() {
                let (ValueRef::Blob(bytes) | ValueRef::Text(bytes)) = row.get_ref(column)? else { continue };
                let sealed = matches!((table.as_str(), name.as_str()), ("record", "sealed") | ("epoch", "key"));
                let what = if sealed && !bytes.starts_with(AGE) { Some("no age file".into()) } else { unsealed(bytes) };
                found.extend(what.map(|what| told(database, &format!("{table}.{name}: {what}"))));
            }
        }
    }
    Ok(found)
}

fn told(path: &Path, what: &str) -> String {
    format!("{}: {what}", path.display())
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    starts(bytes, part).next().is_some()
}

/// Where `part` begins in `bytes`.
fn starts<'a>(bytes: &'a [u8], part: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = part[0];
    let candidates = bytes.iter().enumerate().filter(move |(_, byte)| **byte == first);
    candidates.map(|(at, _)| at).filter(move |at| bytes[*at..].starts_with(part))
}

/// What a zstd frame at the begin of `bytes` holds, as far as it unpacks.
fn unpacked(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(bytes).ok()?.single_frame();
    // A damaged frame gives what comes before the damage.
    let _ = decoder.take(64 << 20).read_to_end(&mut plain);
    (!plain.is_empty()).then_some(plain)
}

/// Acts on each file in a folder, at whatever depth, but for the folders that it does not enter.
pub fn each_file(folder: &Path, enter: &dyn Fn(&Path) -> bool, act: &mut dyn FnMut(&Path, &[u8])) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        // What has gone since is not there to be found.
        let Ok(kind) = std::fs::symlink_metadata(&path).map(|m| m.file_type()) else { continue };
        if kind.is_dir() && enter(&path) {
            let within = each_file(&path, enter, act);
            if path.exists() {
                within?;
            }
        } else if kind.is_file()
            && let Ok(bytes) = std::fs::read(&path)
        {
            act(&path, &bytes);
        }
    }
    Ok(())
}

/// As [`each_file`], of what changed since then and is of a size that can be read; others' files may come and go.
fn each_changed(folder: &Path, since: SystemTime, enter: &dyn Fn(&Path) -> bool, act: &mut dyn FnMut(&Path, &[u8])) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(about) = std::fs::symlink_metadata(&path) else { continue };
        if about.is_dir() && enter(&path) {
            each_changed(&path, since, enter, act);
        } else if about.is_file()
            && about.len() < 256 << 20
            && about.modified().is_ok_and(|at| at >= since)
            && let Ok(bytes) = std::fs::read(&path)
        {
            act(&path, &bytes);
        }
    }
}

#[test]
fn the_search_finds_what_is_not_sealed_in_each_form() -> Result<()> {
    // Another colour than the one that a test beside this one seeks in the folder for temporary files.
    let sought = Sought::new(0x00b1_6e39)?;
    let root = tempfile::tempdir()?;
    let seen = |name: &str, bytes: &[u8]| -> Result<bool> {
        let folder = root.path().join(name);
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("file"), bytes)?;
        Ok(!sought.below(&folder, &[])?.is_empty())
    };
    let text = format!("{{\"title\":\"Diary of {}\"}}", sought.word);
    let pixels = [0x39, 0x6e, 0xb1, 0].repeat(64 * 64);
    assert!(seen("text", text.as_bytes())?);
    assert!(seen("packed", &[b"before".as_slice(), &zstd::bulk::compress(text.as_bytes(), 3)?, b"after"].concat())?);
    assert!(seen("pixels", &pixels)?);
    assert!(seen("packed-pixels", &zstd::bulk::compress(&pixels, 1)?)?);
    assert!(!seen("nothing", b"Diary of nobody")?);

    // A letter a record, and pages of a database: neither the word nor a whole frame stands anywhere in one piece.
    let vault = |name: &str, record: &[u8], wal: bool| -> Result<(PathBuf, Connection)> {
        let folder = root.path().join(name);
        std::fs::create_dir(&folder)?;
        let db = Connection::open(folder.join("vault.db"))?;
        db.pragma_update(None, "journal_mode", if wal { "WAL" } else { "DELETE" })?;
        db.pragma_update(None, "wal_autocheckpoint", 0)?;
        db.execute_batch("CREATE TABLE record (id INTEGER PRIMARY KEY, sealed BLOB)")?;
        db.execute("INSERT INTO record (sealed) VALUES (?1)", [record])?;
        Ok((folder, db))
    };
    let noise: Vec<u8> = (0_u32..40_000).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let sealed = [AGE, &noise].concat();
    for wal in [false, true] {
        for (name, record) in [
            ("letter", b"{\"stream\":\"keys\",\"kind\":{\"text\":\"x\"}}".to_vec()),
            ("long", zstd::bulk::compress(&noise, 3)?),
            ("no-age", noise.clone()),
        ] {
            let (folder, _open) = vault(&format!("{name}-{wal}"), &record, wal)?;
            assert!(!unsealed_below(&folder)?.is_empty(), "{name}, write-ahead: {wal}");
        }
        let (folder, _open) = vault(&format!("sealed-{wal}"), &sealed, wal)?;
        assert_eq!(unsealed_below(&folder)?, Vec::<String>::new());
    }
    Ok(())
}
