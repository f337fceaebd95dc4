//! The core's tests, named by behaviour. Whole sessions run on virtual time, from printed seeds.

// A test binary has no outside that could reach anything.
#![allow(unreachable_pub, missing_docs)]

mod games;
mod imports;

mod board;
mod carried;
mod circles;
mod codes;
mod compensate;
mod crowd;
mod display;
mod divergence;
mod foresight;
mod golden;
mod hidden;
mod hindsight;
mod hostile;
mod input;
mod interest;
mod join;
mod large_views;
mod leaps;
mod limits;
mod lossy;
mod maps;
mod news;
mod obstacles;
mod overload;
mod pace;
mod pause;
mod pinned;
mod predict;
mod protocol;
mod pull;
mod rates;
mod rest;
mod resting_pictures;
mod resume;
mod save;
mod seam;
mod session;
mod spare;
mod stall;
mod swarm;
mod tidy;
mod timers;
mod timetable;
mod tolerance;
mod trend;
mod twin;
mod walls;
mod weight;
mod words;
