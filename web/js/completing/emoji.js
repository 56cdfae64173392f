// Emoji by name, in English and Spanish: "👍 thumbs_up yes | pulgar_arriba bien".

const TABLE = `
👍 thumbs_up yes | pulgar_arriba bien ; 👎 thumbs_down no | pulgar_abajo mal ; ❤️ heart love | corazón amor
😂 joy laughing tears | risa lágrimas ; 🎉 party tada hooray | fiesta confeti ; 😮 surprised wow | sorpresa guau
😢 cry sad | llanto triste ; 🙏 pray please thanks | por_favor gracias ; 👀 eyes look | ojos mirar
✅ check done | hecho listo ; 🔥 fire hot | fuego ; 👏 clap bravo | aplauso bravo ; 🤔 thinking hmm | pensar duda
💯 hundred | cien ; 🚀 rocket launch | cohete lanzamiento ; ☕ coffee | café ; 👋 wave hello bye | saludo hola adiós
😀 grin happy | sonrisa feliz ; 😃 smiley | contento ; 😄 smile | alegre ; 😁 beaming | radiante
😅 sweat_smile phew | uf alivio ; 🤣 rofl | carcajada ; 😊 blush | sonrojo ; 😇 angel halo | ángel
🙂 slight_smile | leve_sonrisa ; 🙃 upside_down | al_revés ; 😉 wink | guiño ; 😌 relieved | aliviado
😍 heart_eyes | enamorado ; 😘 kiss | beso ; 😋 yum delicious | rico delicioso ; 😛 tongue | lengua
🤪 zany silly | loco ; 😎 cool sunglasses | gafas_de_sol genial ; 🤓 nerd | empollón
🥳 partying birthday | celebrar cumpleaños ; 😏 smirk | pícaro ; 😒 unamused | harto ; 😔 pensive | pensativo
😕 confused | confuso ; 🙁 frown | disgusto ; 😭 sob | llorar ; 😤 huff | resoplido ; 😠 angry | enfado
🤬 swearing | insulto ; 🤯 mind_blown | alucinar ; 😳 flushed | vergüenza ; 🥵 heat | calor ; 🥶 cold freezing | frío
😱 scream fear | grito miedo ; 😰 anxious | ansiedad ; 🤗 hug | abrazo ; 🤭 oops | ups ; 🤫 shush quiet | silencio
🫡 salute | a_la_orden ; 🙄 eye_roll | ojos_en_blanco ; 😬 grimace | mueca ; 😴 sleep tired | sueño cansado
🤒 sick ill | enfermo fiebre ; 🤕 hurt | herido ; 🤢 nausea | náusea ; 🤧 sneeze | estornudo ; 🤖 robot bot | robot
👻 ghost | fantasma ; 💀 skull dead | calavera muerto ; 💩 poop | caca ; 🤡 clown | payaso ; 👽 alien | extraterrestre
👌 ok perfect | vale perfecto ; 🤌 pinched | qué_dices ; ✌️ victory peace | victoria paz
🤞 fingers_crossed luck | dedos_cruzados suerte ; 🤟 love_you | te_quiero ; 🤘 rock | rock cuernos
👈 left | izquierda ; 👉 right | derecha ; 👆 up | arriba ; 👇 down | abajo ; ✋ hand stop | mano alto
🤝 handshake deal | trato acuerdo ; 🙌 raised_hands | manos_arriba ; 💪 muscle strong | fuerza músculo
🫶 heart_hands | manos_corazón ; 🤷 shrug | ni_idea ; 🤦 facepalm | madre_mía ; 💁 info_desk | mostrador
🙋 raise_hand me | yo levantar_mano ; 🏃 run | correr ; 💃 dance | bailar ; 👶 baby | bebé ; 👑 crown | corona
💔 broken_heart | corazón_roto ; 🧡 orange_heart | corazón_naranja ; 💛 yellow_heart | corazón_amarillo
💚 green_heart | corazón_verde ; 💙 blue_heart | corazón_azul ; 💜 purple_heart | corazón_morado
✨ sparkles | brillos ; ⭐ star | estrella ; 🌟 glowing_star | estrella_brillante ; 💥 boom | explosión
💤 zzz | dormir ; 💬 speech | charla ; 💡 idea bulb | idea bombilla ; 🎂 cake | tarta ; 🎁 gift present | regalo
🏆 trophy win | trofeo ganar ; 🥇 gold first | oro primero ; ⚽ football soccer | fútbol ; 🏀 basketball | baloncesto
🎾 tennis | tenis ; 🎮 game | videojuego ; 🎵 music note | música nota ; 🎸 guitar | guitarra
🎬 film movie | cine película ; 📷 camera photo | cámara foto ; 📚 books | libros ; 📖 book reading | libro leer
📝 memo note_down | apunte ; 📅 calendar date | calendario fecha ; 📌 pin | chincheta ; 📎 paperclip | clip
📈 chart_up growth | gráfica_sube ; 📉 chart_down | gráfica_baja ; 📊 chart | gráfica ; 📦 package | paquete
✉️ mail letter | correo carta ; 📞 phone call | teléfono llamada ; 💻 laptop computer | ordenador portátil
🖥️ screen | pantalla ; 🖨️ printer | impresora ; ⌨️ keyboard | teclado ; 🔋 battery | batería ; 🔌 plug | enchufe
🔧 wrench fix | llave_inglesa arreglar ; 🔨 hammer | martillo ; ⚙️ gear settings | engranaje ajustes
🔒 lock | candado ; 🔑 key | llave ; 🔍 search magnifier | buscar lupa ; 🔔 bell | campana
🔗 link chain | enlace cadena ; 🐛 bug | error bicho ; 🧪 test_tube | probeta prueba ; 🚧 construction | obras
🚨 alarm siren | alarma sirena ; ⚠️ warning | aviso cuidado ; ❌ cross wrong | cruz mal_hecho ; ❓ question | pregunta
❗ exclamation | exclamación ; ➕ plus | más ; ➖ minus | menos ; ♻️ recycle | reciclar ; ⏰ alarm_clock | despertador
⏳ hourglass wait | reloj_de_arena espera ; 🏠 house home | casa hogar ; 🏢 office | oficina ; 🏥 hospital | hospital
🏫 school | escuela ; 🏖️ beach holiday | playa vacaciones ; ⛰️ mountain | montaña ; 🌍 earth world | tierra mundo
🌈 rainbow | arcoíris ; ☀️ sun | sol ; 🌙 moon | luna ; ☁️ cloud | nube ; 🌧️ rain | lluvia ; ❄️ snow | nieve
⚡ lightning | rayo ; 🌊 sea | ola mar ; 🌳 tree | árbol ; 🌱 seedling | brote ; 🌹 rose | rosa ; 🌻 sunflower | girasol
🍀 clover | trébol ; 🐶 dog | perro ; 🐱 cat | gato ; 🐭 mouse | ratón ; 🐰 rabbit | conejo ; 🦊 fox | zorro
🐻 bear | oso ; 🐼 panda | panda ; 🐨 koala | koala ; 🦁 lion | león ; 🐮 cow | vaca ; 🐷 pig | cerdo ; 🐵 monkey | mono
🐔 chicken | gallina ; 🐧 penguin | pingüino ; 🦉 owl | búho ; 🐝 bee | abeja ; 🦋 butterfly | mariposa
🐢 turtle | tortuga ; 🐙 octopus | pulpo ; 🐟 fish | pez ; 🐳 whale | ballena ; 🦄 unicorn | unicornio
🍎 apple | manzana ; 🍌 banana | plátano ; 🍓 strawberry | fresa ; 🍋 lemon | limón ; 🍉 watermelon | sandía
🥑 avocado | aguacate ; 🍅 tomato | tomate ; 🥕 carrot | zanahoria ; 🍞 bread | pan ; 🧀 cheese | queso
🍕 pizza | pizza ; 🍔 burger | hamburguesa ; 🌮 taco | taco ; 🥘 paella | paella ; 🍝 spaghetti pasta | espaguetis
🍣 sushi | sushi ; 🥗 salad | ensalada ; 🍿 popcorn | palomitas ; 🍫 chocolate | chocolate ; 🍪 cookie | galleta
🍩 doughnut | rosquilla ; 🍦 ice_cream | helado ; 🍺 beer | cerveza ; 🍻 cheers | brindis ; 🍷 wine | vino
🥂 toast champagne | champán ; 🍵 tea | té ; 🥤 drink | refresco ; 💧 water drop | agua gota ; 🚗 car | coche
🚌 bus | autobús ; 🚲 bicycle bike | bicicleta ; 🚆 train | tren ; ✈️ plane | avión ; ⛵ sailboat | velero
🗺️ map | mapa ; 💰 money | dinero ; 💶 euro | euro ; 🎯 target | diana objetivo ; 🎲 dice | dado
🧩 puzzle | rompecabezas ; 🎨 art paint | arte pintura ; 🧵 thread | hilo ; 🏳️‍🌈 pride | orgullo
🏁 finish flag | meta
`

let entries = null

// [{emoji, names: {en: […], es: […]}}], in the order of the table.
export function emojiTable() {
  entries ??= TABLE.trim().split(/ ; |\n/u).map((entry) => {
    const [emoji, ...words] = entry.split(" ")
    const bar = words.indexOf("|")
    return { emoji, names: { en: words.slice(0, bar), es: words.slice(bar + 1) } }
  })
  return entries
}
