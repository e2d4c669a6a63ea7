// Where the phone is: one good fix, given time to settle, never invented.
const PATIENCE_MS = 12_000;
const GOOD_METRES = 15;

/** The best fix within some seconds: {lat, lon, accuracy} as texts, or null when the phone tells nothing. */
export function whereAmI(patience = PATIENCE_MS) {
  if (!navigator.geolocation) return Promise.resolve(null);
  return new Promise((resolve) => {
    let best = null;
    const end = () => {
      navigator.geolocation.clearWatch(watch);
      clearTimeout(timer);
      resolve(best);
    };
    const timer = setTimeout(end, patience);
    const watch = navigator.geolocation.watchPosition(({ coords }) => {
      if (!best || coords.accuracy < Number(best.accuracy)) best = asTexts(coords);
      if (coords.accuracy <= GOOD_METRES) end();
    }, (error) => error.code === error.PERMISSION_DENIED && end(), { enableHighAccuracy: true, maximumAge: 30_000, timeout: patience });
  });
}

const asTexts = ({ latitude, longitude, accuracy }) => ({ lat: latitude.toFixed(6), lon: longitude.toFixed(6), accuracy: String(Math.max(1, Math.round(accuracy))) });
