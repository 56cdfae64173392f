import { hueOf, initialsOf } from "../helpers/names.js"

export function paintAvatar(element, { user_id, username }) {
  element.textContent = initialsOf(username)
  element.style.setProperty("--hue", hueOf(user_id))
}
