//! [`Profile`]: what callgrind counted, by the names of functions.

use std::collections::BTreeMap;
use std::process::Command;

/// Instructions of each function and of all that it calls.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile(BTreeMap<String, u64>);

impl Profile {
    /// Has callgrind count what is in functions whose name has `counted` in it and below, while this very program runs
    /// with `arguments`. `None` where there is no valgrind.
    ///
    /// # Errors
    /// What valgrind said instead of a profile.
    pub fn take(counted: &str, arguments: &[&str]) -> Result<Option<Self>, String> {
        let program = std::env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
        let file =
            std::env::temp_dir().join(format!("auspice-callgrind-{}-{}", std::process::id(), arguments.join("-")));
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--tool=callgrind", "--collect-atstart=no", "--dump-line=no", "--compress-strings=no"]);
        valgrind.arg(format!("--toggle-collect=*{counted}*")).arg(format!("--callgrind-out-file={}", file.display()));
        let output = match valgrind.arg(program).args(arguments).output() {
            Ok(output) => output,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("valgrind cannot start: {error}")),
        };
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let _ = std::fs::remove_file(&file);
        let profile = Self::read(&text);
        if profile.0.is_empty() {
            return Err(format!("valgrind counted nothing:\n{}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(Some(profile))
    }

    /// Reads the file: each function, its own cost, and after each line of a call what that cost.
    fn read(text: &str) -> Self {
        let (mut all, mut function) = (BTreeMap::new(), None);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("fn=") {
                function = Some(name.to_string());
            } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first))
                && let (Some(function), Some(cost)) = (&function, line.split(' ').nth(1))
            {
                *all.entry(function.clone()).or_default() += cost.parse::<u64>().unwrap_or(0);
            }
        }
        Self(all)
    }

    /// Instructions of all functions with `name` in theirs, none of which calls another.
    #[must_use]
    pub fn of(&self, name: &str) -> f64 {
        self.0.iter().filter(|(function, _)| function.contains(name)).map(|(_, count)| *count as f64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_its_own_instructions_and_those_of_what_it_calls() {
        let text = "version: 1\nevents: Ir\n\nob=/bin/x\nfl=a.rs\nfn=one\n0 10\nfi=b.rs\n+3 5\ncfn=two\ncalls=3 0\n\
                    0 70\n\nfn=two\n0 70\ntotals: 85\n";
        let profile = Profile::read(text);
        assert_eq!((profile.of("one"), profile.of("two"), profile.of("three")), (85.0, 70.0, 0.0));
    }
}
