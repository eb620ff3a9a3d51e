//! The one integration binary: the real tools against real servers.
