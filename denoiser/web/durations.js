import { fill } from "./fill.js";

/**
 * Says a duration the way one speaks, as duration_text in denoiser/ui/pages/train/durations.py, and
 * below a minute to the second.
 *
 * @param {number} seconds
 * @param {Record<string, string>} text
 */
export function durationText(seconds, text) {
  const count = seconds < 10 ? Math.max(1, Math.round(seconds)) : Math.round(seconds / 5) * 5;
  if (seconds < 52) return fill(count === 1 ? text.second : text.seconds, { count });
  if (seconds < 90) return text.minute;
  if (seconds < 5400) return fill(text.minutes, { count: Math.round(seconds / 60) });
  return fill(text.hours, { count: (seconds / 3600).toFixed(1) });
}
