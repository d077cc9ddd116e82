//! The configuration: checked, kept, and taken up by every node.

pub mod apply;

pub use apply::Configurations;
