export default function printButton({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  button.textContent = data.print;
  button.onclick = () => window.print();
}
