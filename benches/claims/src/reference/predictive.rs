//! Schemes that predict each column from snapshots that the client holds, and write what differs.
//!
//! A message says who left and who entered since the base, rows of those that entered, and differences of the
//! others, column by column. Against an acknowledged base an entity that enters is stated again until it is
//! acknowledged: that is how they work.

use auspice::bits::{BitReader, BitWriter, Malformed};
use auspice_motion::codes::PrefixCode;

use super::Snapshot;
use super::grid::{COLUMNS, Row, difference, moved, read_row, write_row};
use super::trace::Trace;

/// Ticks for which a snapshot is on its way and its acknowledgement on the way back: 100 ms.
const ACKNOWLEDGED_TICKS: usize = 3;

/// A scheme, as it is known before it is fitted to a trace.
#[derive(Clone, Copy, Debug)]
pub struct Scheme {
    name: &'static str,
    /// Age of the newest snapshot that the client is known to hold, in ticks.
    age: usize,
    prediction: Prediction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Prediction {
    /// No change since the newest snapshot.
    Same,
    /// Going on as between the two newest.
    Linear,
    /// Three baselines, as in Unity's Netcode: the change between the two newest goes on, unless that would
    /// have been a worse guess for the newest, from the two before it, than no change; and only where all
    /// three are there.
    ThreeBaselines,
}

/// The schemes, each better than the one before.
pub const SCHEMES: [Scheme; 4] = [
    Scheme { name: "difference, acknowledged 100 ms ago", age: ACKNOWLEDGED_TICKS, prediction: Prediction::Same },
    Scheme { name: "difference, last sent", age: 1, prediction: Prediction::Same },
    Scheme {
        name: "three baselines, acknowledged 100 ms ago",
        age: ACKNOWLEDGED_TICKS,
        prediction: Prediction::ThreeBaselines,
    },
    Scheme { name: "linear, last sent", age: 1, prediction: Prediction::Linear },
];

/// Bits that say how old the base is, where acknowledgements decide that.
const AGE_BITS: u32 = 8;
/// Parameters of the codes for who leaves and who enters.
const LEAVING_PARAMETER: u32 = 4;
const ENTERING_PARAMETER: u32 = 8;
/// Sampling of a trace: one client-tick in so many is looked at to find the codes.
const SAMPLE_EVERY: usize = 29;

/// A scheme with its codes.
#[derive(Clone, Debug)]
pub struct Predictive {
    scheme: Scheme,
    codes: [PrefixCode; COLUMNS],
}

impl Predictive {
    /// `scheme` with the codes that are shortest for `trace`.
    #[must_use]
    pub fn fitted(scheme: Scheme, trace: &Trace) -> Self {
        let mut samples: [Vec<Vec<i32>>; COLUMNS] = Default::default();
        let pairs = trace.counted().flat_map(|tick| (0..trace.viewers).map(move |viewer| (tick, viewer)));
        for (tick, viewer) in pairs.step_by(SAMPLE_EVERY) {
            let differences = scheme.differences(&trace.history(tick, viewer), &trace.snapshot(tick, viewer));
            samples.iter_mut().zip(differences).for_each(|(sample, column)| sample.push(column));
        }
        Self { scheme, codes: samples.each_ref().map(|sample| PrefixCode::best(sample)) }
    }

    /// The scheme's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.scheme.name
    }

    /// The message that takes a client with `history`, newest first, to `now`.
    #[must_use]
    pub fn encode(&self, history: &[&Snapshot], now: &Snapshot) -> Vec<u8> {
        let mut out = BitWriter::new();
        if self.scheme.age > 1 {
            out.write(self.scheme.age as u32, AGE_BITS);
        }
        let base = self.scheme.base(history);
        let leaving = base.iter().enumerate().filter(|(_, (slot, _))| find(now, *slot).is_none());
        write_gaps(leaving.map(|(rank, _)| rank as u32), LEAVING_PARAMETER, &mut out);
        let entering = || now.iter().filter(|(slot, _)| find(base, *slot).is_none());
        write_gaps(entering().map(|(slot, _)| *slot), ENTERING_PARAMETER, &mut out);
        entering().for_each(|(_, row)| write_row(row, &mut out));
        for (code, column) in self.codes.iter().zip(self.scheme.differences(history, now)) {
            code.write(&column, &mut out);
        }
        out.finish().to_vec()
    }

    /// Decodes a message to what a client with `history`, newest first, holds after it.
    ///
    /// # Errors
    /// [`Malformed`] where the message is none.
    pub fn decode(&self, history: &[&Snapshot], bytes: &[u8]) -> Result<Snapshot, Malformed> {
        let mut reader = BitReader::new(bytes);
        if self.scheme.age > 1 {
            reader.read(AGE_BITS)?;
        }
        let base = self.scheme.base(history);
        let leaving = read_gaps(LEAVING_PARAMETER, &mut reader)?;
        let entering = read_gaps(ENTERING_PARAMETER, &mut reader)?;
        let entering: Snapshot =
            entering.into_iter().map(|slot| Ok((slot, read_row(&mut reader)?))).collect::<Result<_, Malformed>>()?;
        let ranked = base.iter().enumerate().filter(|(rank, _)| !leaving.contains(&(*rank as u32)));
        let mut now: Snapshot = ranked.map(|(_, (slot, _))| (*slot, self.scheme.predict(history, *slot))).collect();
        for (at, code) in self.codes.iter().enumerate() {
            let column = code.read(now.len(), &mut reader)?;
            now.iter_mut().zip(column).for_each(|((_, row), difference)| row[at] = moved(at, row[at], difference));
        }
        reader.finish()?;
        now.extend(entering);
        now.sort_by_key(|(slot, _)| *slot);
        Ok(now)
    }
}

impl Scheme {
    /// The newest snapshot that the client is known to hold.
    fn base<'a>(&self, history: &[&'a Snapshot]) -> &'a [(u32, Row)] {
        history.get(self.age - 1).map_or(&[], |snapshot| snapshot.as_slice())
    }

    /// Differences of the entities that stay from their predictions, by column.
    fn differences(&self, history: &[&Snapshot], now: &Snapshot) -> [Vec<i32>; COLUMNS] {
        let mut columns: [Vec<i32>; COLUMNS] = Default::default();
        for (slot, row) in now.iter().filter(|(slot, _)| find(self.base(history), *slot).is_some()) {
            let predicted = self.predict(history, *slot);
            for (at, column) in columns.iter_mut().enumerate() {
                column.push(difference(at, row[at], predicted[at]));
            }
        }
        columns
    }

    /// The row that the base's entity in `slot` is expected to have now.
    fn predict(&self, history: &[&Snapshot], slot: u32) -> Row {
        let row = |back: usize| history.get(self.age - 1 + back).and_then(|snapshot| find(snapshot, slot));
        let newest = row(0).unwrap_or_default();
        let (second, third) = match (self.prediction, row(1), row(2)) {
            (Prediction::Linear, Some(second), _) => (second, None),
            (Prediction::ThreeBaselines, Some(second), Some(third)) => (second, Some(third)),
            _ => return newest,
        };
        core::array::from_fn(|at| {
            // Health and flags do not go on.
            let (step, is_steady) = (difference(at, newest[at], second[at]), at < 5);
            let helped = third.is_none_or(|third| step.abs() >= (step - difference(at, second[at], third[at])).abs());
            if is_steady && helped { moved(at, newest[at], step * self.age as i32) } else { newest[at] }
        })
    }
}

fn find(snapshot: &[(u32, Row)], slot: u32) -> Option<Row> {
    let at = snapshot.binary_search_by_key(&slot, |(slot, _)| *slot).ok()?;
    Some(snapshot[at].1)
}

fn write_gaps(marks: impl Iterator<Item = u32>, parameter: u32, out: &mut BitWriter) {
    let mut next = 0;
    let marks: Vec<u32> = marks.collect();
    out.write_exp(marks.len() as u32, 0);
    for mark in marks {
        out.write_rice(mark - next, parameter);
        next = mark + 1;
    }
}

fn read_gaps(parameter: u32, reader: &mut BitReader<'_>) -> Result<Vec<u32>, Malformed> {
    let (count, mut next) = (reader.read_exp(0)?, 0);
    let mut mark = || {
        let mark = next + reader.read_rice(parameter)?;
        next = mark + 1;
        Ok(mark)
    };
    (0..count).map(|_| mark()).collect()
}
