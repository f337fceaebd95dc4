//! Writing a trace.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{BodyKind, BodyState, COLUMNS, Recording};

impl Recording {
    /// Writes a file, compressed by gzip where its name ends with `.gz`.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let file = BufWriter::new(File::create(path)?);
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut packed = GzEncoder::new(file, Compression::default());
            self.write(&mut packed)?;
            packed.finish()?.flush()
        } else {
            let mut file = file;
            self.write(&mut file)?;
            file.flush()
        }
    }

    /// The same to any target.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub fn write(&self, target: &mut impl Write) -> io::Result<()> {
        writeln!(target, "{}", COLUMNS.join(","))?;
        for (tick, bodies) in self.ticks.iter().enumerate() {
            for body in bodies {
                write_body(tick, body, target)?;
            }
        }
        Ok(())
    }
}

fn write_body(tick: usize, body: &BodyState, target: &mut impl Write) -> io::Result<()> {
    let kind = match body.kind {
        BodyKind::Car => "car",
        BodyKind::Ball => "ball",
    };
    let BodyState { id, position: p, velocity: v, rotation: q, spin: w, throttle, steer, flags, is_asleep, .. } = body;
    write!(target, "{tick},{id},{kind},{:.2},{:.2},{:.2},{:.2},{:.2},{:.2},", p.x, p.y, p.z, v.x, v.y, v.z)?;
    write!(target, "{:.6},{:.6},{:.6},{:.6},{:.4},{:.4},{:.4},", q.x, q.y, q.z, q.w, w.x, w.y, w.z)?;
    writeln!(target, "{throttle},{steer},{flags},{}", u8::from(*is_asleep))
}
