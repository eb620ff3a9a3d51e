//! The live room of the real `ch-serve`, frame by frame.

mod calls;
mod hostile;
mod knocks;
mod lines;
