//! [`judged`]: how the program of a trial ends.

use std::fmt::Display;
use std::process::ExitCode;

use auspice_output::{self as output, complain};

/// Shows the report of a trial, or why there is none. A success where there is one, it can be shown, and `is_pass` of
/// it.
pub fn judged<R: Display, E: Display>(outcome: Result<R, E>, is_pass: impl FnOnce(&R) -> bool) -> ExitCode {
    match outcome {
        Ok(report) => {
            output::show(&report.to_string());
            output::conclude(if is_pass(&report) { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Err(error) => {
            complain!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
