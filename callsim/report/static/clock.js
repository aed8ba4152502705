// Moments in words.

/** Milliseconds as minutes and seconds: 83,400 is 1:23. */
export function clock(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A number kept between two others. */
export function within(least, value, most) {
  return Math.min(most, Math.max(least, value));
}
