//! `forget`: removes those files of a log that mention a player, who wants to be erased.

use std::path::{Path, PathBuf};
use std::{fs, io};

use clap::Args;

use crate::ticklog::{Segments, is_closed, rooms_in};

/// Newest files that stay: a server goes on from them, and writes into the last.
const KEPT: usize = 2;

/// Shortest word that is looked for: shorter ones are everywhere.
const WORD_BYTES_MIN: usize = 3;

/// Arguments of the task.
#[derive(Args)]
pub(crate) struct ForgetTask {
    /// The log's folder, with one room's or many; or that of one of the rooms in it
    log: PathBuf,
    /// The player's name, or the id in its tickets, or anything else that nobody is to find any more
    #[arg(value_name = "PLAYER")]
    word: String,
    /// Say which files mention it, and remove none
    #[arg(long)]
    dry_run: bool,
}

impl ForgetTask {
    /// Removes the files of one room that mention it, and says which those were, and which have to wait.
    fn go_over(&self, dir: &Path, gone: &mut Vec<String>, waiting: &mut Vec<String>) -> Result<(), String> {
        let segments = Segments::list(dir).map_err(|error| told(dir, &error))?;
        // Nobody goes on from those of a room that has ended.
        let kept = if is_closed(dir) { 0 } else { KEPT };
        let newest = segments.files.len().saturating_sub(kept);
        for (index, (_, path)) in segments.files.iter().enumerate() {
            if !mentions(&fs::read(path).map_err(|error| told(path, &error))?, &self.word) {
                continue;
            }
            if index >= newest {
                waiting.push(path.display().to_string());
                continue;
            }
            if !self.dry_run {
                fs::remove_file(path).map_err(|error| told(path, &error))?;
            }
            gone.push(path.display().to_string());
        }
        Ok(())
    }

    /// Does it; returns what it prints. An error too where files have to wait.
    pub(crate) fn run(&self) -> Result<String, String> {
        if self.word.len() < WORD_BYTES_MIN {
            return Err(format!("\"{}\" is too short to be looked for", self.word));
        }
        let (mut gone, mut waiting) = (Vec::new(), Vec::new());
        self.go_over(&self.log, &mut gone, &mut waiting)?;
        for room in rooms_in(&self.log).map_err(|error| told(&self.log, &error))? {
            self.go_over(&self.log.join(room), &mut gone, &mut waiting)?;
        }
        let (done, gone) = (if self.dry_run { "it is mentioned in" } else { "removed" }, gone.join(" and "));
        if waiting.is_empty() {
            return Ok(if gone.is_empty() { "nothing mentions it\n".into() } else { format!("{done} {gone}\n") });
        }
        let before = if gone.is_empty() { String::new() } else { format!("{done} {gone}; ") };
        let waiting = waiting.join(" and ");
        Err(format!(
            "{before}{waiting} mention it too, and a server goes on from there: again some minutes after the player \
             is gone"
        ))
    }
}

fn told(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn mentions(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|some| some == word.as_bytes())
}
