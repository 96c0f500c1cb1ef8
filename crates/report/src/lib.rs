//! Pictures and pages of what a training run came to.
