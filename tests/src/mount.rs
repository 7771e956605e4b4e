//! File systems of a test's own. Only root may mount them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use crate::Result;

/// Set in the process that [`alone`] starts.
const ALONE: &str = "EYELID_TEST_ALONE";

/// Runs a test in a mount namespace of its own: what it mounts is seen by nobody else and ends with it, however it
/// ends. `name` is the test's full name. Without the right to mount, the test is not run.
pub fn alone(name: &str, test: impl FnOnce() -> Result<()>) -> Result<()> {
    if std::env::var_os(ALONE).is_some() {
        return test();
    }
    if !rustix::process::geteuid().is_root() {
        eprintln!("{name} needs the right to mount a file system");
        return Ok(());
    }
    let output = Command::new("unshare")
        .arg("--mount")
        .arg(std::env::current_exe()?)
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .output()
        .context("unshare")?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    ensure!(output.status.success() && said.contains("1 passed"), "{said}");
    Ok(())
}

/// A mounted file system; taken off when dropped.
#[derive(Debug)]
pub struct Mount(PathBuf);

impl Mount {
    /// One in memory, of `size` such as `8m`, at a folder that is made if need be.
    pub fn memory(folder: &Path, size: &str) -> Result<Mount> {
        std::fs::create_dir_all(folder)?;
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size},mode=0700"), "tmpfs"], folder)?;
        Ok(Mount(folder.to_owned()))
    }

    /// Over a folder: what is written there from now on lands in the folder `written`, made if need be, which has to lie
    /// in a file system of its own such as [`Mount::memory`].
    pub fn over(folder: &Path, written: &Path) -> Result<Mount> {
        let work = written.with_extension("work");
        std::fs::create_dir_all(written)?;
        std::fs::create_dir_all(&work)?;
        let places = format!("lowerdir={},upperdir={},workdir={}", folder.display(), written.display(), work.display());
        run("mount", &["-t", "overlay", "-o", &places, "overlay"], folder)?;
        Ok(Mount(folder.to_owned()))
    }

    /// Makes the file `image` an ext4 file system of so many MiB, to be mounted by [`Mount::image`].
    pub fn make_image(image: &Path, mib: u64) -> Result<()> {
        std::fs::File::create(image)?.set_len(mib << 20)?;
        run("mkfs.ext4", &["-q", "-F"], image)
    }

    /// The file system in the file `image`, at a folder that is made if need be.
    pub fn image(image: &Path, folder: &Path) -> Result<Mount> {
        std::fs::create_dir_all(folder)?;
        let image = image.to_str().context("a path in UTF-8")?;
        run("mount", &["-o", "loop", image], folder)?;
        Ok(Mount(folder.to_owned()))
    }

    /// Does to it what the kernel does when it meets an error on the disk: it can only be read from now on. For
    /// [`Mount::image`].
    pub fn abort(&self) -> Result<()> {
        run("mount", &["-o", "remount,abort"], &self.0)
    }

    /// Writes to it until nothing more fits; the file that fills it.
    pub fn fill(&self) -> Result<PathBuf> {
        use std::io::Write;
        let path = self.0.join("filler");
        let mut file = std::fs::File::create(&path)?;
        for part in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![7; part]).is_ok() {}
        }
        Ok(path)
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A program may have a file open on it still.
        if let Err(error) = run("umount", &["--lazy"], &self.0) {
            eprintln!("{error}");
        }
    }
}

fn run(program: &str, arguments: &[&str], last: &Path) -> Result<()> {
    let output = Command::new(program).args(arguments).arg(last).output().context(program.to_owned())?;
    ensure!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
