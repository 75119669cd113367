//! The profile that ships, as a guest gets it.

pub(crate) const PROFILE: &[u8] =
    include_bytes!("../../../../../mappings/profiles/delhivery/profile.json");
