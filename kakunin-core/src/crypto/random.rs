use super::SignError;
use super::backend::rand::{self, SecureRandom};

/// A source of unpredictable bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`SignError::Denied`] where the source gives nothing.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), SignError>;
}

/// The operating system's random numbers.
#[derive(Clone, Debug)]
pub struct SystemRandom(rand::SystemRandom);

impl SystemRandom {
    /// The operating system's source.
    pub fn new() -> Self {
        Self(rand::SystemRandom::new())
    }

    pub(super) fn source(&self) -> &dyn SecureRandom {
        &self.0
    }
}

impl Default for SystemRandom {
    fn default() -> Self {
        Self::new()
    }
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), SignError> {
        self.0.fill(bytes).map_err(|_| SignError::Denied("the system gives no random numbers"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_draws_differ() {
        let (mut one, mut two) = ([0; 16], [0; 16]);
        SystemRandom::new().fill(&mut one).unwrap();
        SystemRandom::new().fill(&mut two).unwrap();
        assert_ne!(one, two);
    }
}
