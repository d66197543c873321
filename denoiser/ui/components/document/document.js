export default function tell({ data }) {
  document.documentElement.lang = data.language;
  document.documentElement.classList.toggle("projector", data.isProjected);
}
