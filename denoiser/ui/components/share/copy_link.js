// Copies a link, or the address of the page. Over plain http, as in many classrooms, browsers offer no
// clipboard to scripts: there an old command does.
const SAID_MS = 2000;

export default function copyLink({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.copy;
  let timer;
  button.onclick = async () => {
    button.textContent = (await copied(data.link ?? location.href)) ? data.copied : data.failed;
    clearTimeout(timer);
    timer = setTimeout(() => (button.textContent = data.copy), SAID_MS);
  };
  return () => clearTimeout(timer);
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedTheOldWay(text);
  }
}

function copiedTheOldWay(text) {
  const area = Object.assign(document.createElement("textarea"), { value: text });
  area.style.cssText = "position: fixed; opacity: 0";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
