//! Reading a trace, with the line and the column of what is wrong with it.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use flate2::read::GzDecoder;
use glam::{Quat, Vec3};

use super::{BodyKind, BodyState, COLUMNS, Recording};

/// The first two bytes of a file that is compressed by gzip.
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// A quaternion's length may be off one by this: six decimals, and what a program made of them.
const ROTATION_LENGTH_OFF: f32 = 0.01;

/// Why a file is no trace.
#[derive(Debug)]
pub enum RecordingError {
    /// The file cannot be read.
    Unreadable(io::Error),
    /// A line or one of its columns is wrong.
    Malformed {
        /// Number of the line from 1; the head is the first.
        line: usize,
        /// Number of the column from 1, and its name; `None` where the whole line is wrong.
        column: Option<(usize, &'static str)>,
        /// The fault, as a sentence.
        what: String,
    },
}

impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
            Self::Malformed { line, column: Some((column, name)), what } => {
                write!(f, "line {line}, column {column} ({name}): {what}")
            }
            Self::Malformed { line, column: None, what } => write!(f, "line {line}: {what}"),
        }
    }
}

impl std::error::Error for RecordingError {}

impl From<io::Error> for RecordingError {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl Recording {
    /// Reads a file, compressed by gzip or not.
    ///
    /// # Errors
    /// [`RecordingError`] where it cannot be read, or is no trace.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        Self::read(File::open(path)?)
    }

    /// The same from any source.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn read(source: impl Read) -> Result<Self, RecordingError> {
        let mut source = BufReader::new(source);
        if source.fill_buf()?.starts_with(&GZIP) {
            Self::read_lines(BufReader::new(GzDecoder::new(source)))
        } else {
            Self::read_lines(source)
        }
    }

    fn read_lines(source: impl BufRead) -> Result<Self, RecordingError> {
        let mut lines = source.lines();
        let head = lines.next().transpose()?.unwrap_or_default();
        if head.trim_end() != COLUMNS.join(",") {
            return Err(fault(1, format!("the head should be {}", COLUMNS.join(","))));
        }
        let mut trace = Self::default();
        for (line, text) in (2..).zip(lines) {
            let (tick, body) = Fields::new(line, &text?)?.body()?;
            trace.add(line, tick, body)?;
        }
        if trace.ticks.is_empty() {
            return Err(fault(1, "there is no body after the head".into()));
        }
        Ok(trace)
    }

    /// Takes the next body: ticks go up, and so do numbers within a tick. A tick without bodies has no line.
    fn add(&mut self, line: usize, tick: usize, body: BodyState) -> Result<(), RecordingError> {
        let column = |at: usize, what: String| {
            Err(RecordingError::Malformed { line, column: Some((at + 1, COLUMNS[at])), what })
        };
        let newest = self.ticks.len().saturating_sub(1);
        if tick < newest || tick > newest + TICKS_APART_MOST {
            return column(0, format!("{tick} comes after {newest}; ticks go up, by {TICKS_APART_MOST} at most"));
        }
        self.ticks.resize(self.ticks.len().max(tick + 1), Vec::new());
        let bodies = &mut self.ticks[tick];
        if let Some(last) = bodies.last().filter(|last| last.id >= body.id) {
            return column(1, format!("{} comes after {}; numbers go up within a tick", body.id, last.id));
        }
        bodies.push(body);
        Ok(())
    }
}

/// Ticks without a body between two that have one, at most: half an hour of 30 a second.
const TICKS_APART_MOST: usize = 54_000;

fn fault(line: usize, what: String) -> RecordingError {
    RecordingError::Malformed { line, column: None, what }
}

/// The columns of a line, read one after the other.
struct Fields<'a> {
    line: usize,
    texts: Vec<&'a str>,
    at: usize,
}

impl<'a> Fields<'a> {
    fn new(line: usize, text: &'a str) -> Result<Self, RecordingError> {
        let texts: Vec<&str> = text.trim_end().split(',').collect();
        if texts.len() != COLUMNS.len() {
            return Err(fault(line, format!("it has {} columns, and there are {}", texts.len(), COLUMNS.len())));
        }
        Ok(Self { line, texts, at: 0 })
    }

    fn body(mut self) -> Result<(usize, BodyState), RecordingError> {
        let tick = self.whole("a whole number from 0")?;
        let id = self.whole("a whole number from 0")?;
        let kind = match self.next() {
            "car" => BodyKind::Car,
            "ball" => BodyKind::Ball,
            other => return Err(self.wrong(format!("`{other}` is no kind: car or ball"))),
        };
        let body = BodyState {
            id,
            kind,
            position: self.vector()?,
            velocity: self.vector()?,
            rotation: self.rotation()?,
            spin: self.vector()?,
            throttle: self.whole("a whole number from 0 to 255")?,
            steer: self.whole("a whole number from 0 to 255")?,
            flags: self.whole("a whole number from 0 to 255")?,
            is_asleep: self.whole::<u8>("0 or 1")? != 0,
        };
        Ok((tick, body))
    }

    fn next(&mut self) -> &'a str {
        self.at += 1;
        self.texts[self.at - 1]
    }

    /// The fault of the column that was read last.
    fn wrong(&self, what: String) -> RecordingError {
        RecordingError::Malformed { line: self.line, column: Some((self.at, COLUMNS[self.at - 1])), what }
    }

    fn whole<N: FromStr>(&mut self, kind: &str) -> Result<N, RecordingError> {
        let text = self.next();
        text.parse().map_err(|_| self.wrong(format!("`{text}` is not {kind}")))
    }

    fn number(&mut self) -> Result<f32, RecordingError> {
        let text = self.next();
        text.parse()
            .ok()
            .filter(|number: &f32| number.is_finite())
            .ok_or_else(|| self.wrong(format!("`{text}` is no number")))
    }

    fn vector(&mut self) -> Result<Vec3, RecordingError> {
        Ok(Vec3::new(self.number()?, self.number()?, self.number()?))
    }

    fn rotation(&mut self) -> Result<Quat, RecordingError> {
        let rotation = Quat::from_xyzw(self.number()?, self.number()?, self.number()?, self.number()?);
        if (rotation.length() - 1.0).abs() > ROTATION_LENGTH_OFF {
            return Err(self.wrong(format!("the quaternion's length is {}, and should be 1", rotation.length())));
        }
        Ok(rotation.normalize())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const CAR: &str = "0,1,car,1.5,-2,17,0,0,8.1,0,0,0,1,0,0,0.5,128,255,3,0";

    fn read(lines: &[&str]) -> Result<Recording, String> {
        let text = [&[COLUMNS.join(",").as_str()], lines].concat().join("\n");
        Recording::read(text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_body_is_read_in_its_units() {
        let trace = read(&[CAR]).expect("it is a trace");
        let body = trace.body(0, 1).expect("it is there");
        assert_eq!((body.kind, body.position), (BodyKind::Car, Vec3::new(1.5, -2.0, 17.0)));
        assert_eq!((body.velocity.z, body.spin.z, body.throttle, body.steer, body.flags), (8.1, 0.5, 128, 255, 3));
    }

    #[test]
    fn a_compressed_file_is_read_as_it_is() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(format!("{}\n{CAR}\n", COLUMNS.join(",")).as_bytes()).expect("memory takes it");
        let packed = packed.finish().expect("memory takes it");
        assert_eq!(Recording::read(packed.as_slice()).expect("it is a trace"), read(&[CAR]).expect("it is a trace"));
    }

    #[test]
    fn a_bad_file_is_told_by_line_and_column() {
        let wrong = |line: &str| read(&[CAR, line]).expect_err("it is wrong");
        assert_eq!(
            wrong(&CAR.replace("car", "cat").replacen('0', "1", 1)),
            "line 3, column 3 (kind): `cat` is no kind: car or ball"
        );
        assert_eq!(wrong(&CAR.replace("8.1", "fast")), "line 3, column 9 (vz): `fast` is no number");
        assert_eq!(
            wrong(&CAR.replace("255", "256")),
            "line 3, column 18 (steer): `256` is not a whole number from 0 to 255"
        );
        assert_eq!(wrong("1,2"), "line 3: it has 2 columns, and there are 20");
        assert_eq!(wrong(CAR), "line 3, column 2 (id): 1 comes after 1; numbers go up within a tick");
        assert_eq!(
            read(&[&CAR.replacen('0', "5", 1), CAR]).expect_err("it goes back"),
            "line 3, column 1 (tick): 0 comes after 5; ticks go up, by 54000 at most"
        );
        assert!(
            wrong(&CAR.replace(",1,0,0,0.5", ",3,0,0,0.5")).contains("column 13 (qw): the quaternion's length is 3")
        );
        assert!(read(&[]).expect_err("it is empty").contains("no body"));
        assert!(
            Recording::read("tick,id".as_bytes())
                .expect_err("it has another head")
                .to_string()
                .starts_with("line 1: the head")
        );
    }
}
