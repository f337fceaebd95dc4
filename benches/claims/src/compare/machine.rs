//! The machine, the time and the command of a measurement.

use std::process::Command;
use std::time::SystemTime;

use serde::Serialize;

/// See the module.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    /// UTC, to the second.
    pub date: String,
    /// The commit that was built, as far as the checkout tells, with a `+` where files had been changed.
    pub commit: String,
    /// The processor's name.
    pub processor: String,
    /// Number of its cores.
    pub cores: usize,
    /// The operating system and its version.
    pub kernel: String,
    /// The command as it was typed.
    pub command: String,
}

impl Machine {
    /// This one, now.
    #[must_use]
    pub fn here() -> Self {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let separator = if arguments.is_empty() { "" } else { " -- " };
        Self {
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            commit: commit(),
            processor: processor(),
            cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            kernel: kernel(),
            command: format!("cargo compare{separator}{}", arguments.join(" ")),
        }
    }
}

fn commit() -> String {
    let git = |args: &[&str]| {
        let output = Command::new("git").current_dir(env!("CARGO_MANIFEST_DIR")).args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_string())
    };
    let Some(commit) = git(&["rev-parse", "--short=10", "HEAD"]) else { return "unknown".to_string() };
    // The page itself may differ: it is being written.
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", ":/", ":(exclude,top)benches/results"]);
    if changed.is_some_and(|changed| !changed.is_empty()) { commit + "+" } else { commit }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| std::env::consts::ARCH.to_string(), |(_, name)| name.trim().to_string())
}

fn kernel() -> String {
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // A vendor's suffix says nothing about how fast it is.
    let version = release.trim().split('-').next().unwrap_or_default();
    format!("{} {version}", std::env::consts::OS).trim().to_string()
}
