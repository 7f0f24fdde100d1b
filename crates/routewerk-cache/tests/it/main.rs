//! The cache through its public interface, with a clock of the tests' own.

mod admin;
mod disk;
mod foreign;
mod kill;
mod model;
mod replies;
mod setup;
mod shelf;
mod tags;
mod values;
