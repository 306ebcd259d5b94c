"""Texts with numbers, dates and money, one a language: what is read wrong where the language is not known."""

TEXTS = {
    "fr": "Le 3 mars 2024, on a payé 1 250,50 € pour 12 chaises. Le train de 14:30 arrive dans une heure.",
    "de": "Am 3. Oktober 1990 kostete das Brot noch 2,50 €. Heute sind es 4,80 €, also 92 % mehr als früher.",
    "es": "El 12 de mayo de 2023 compramos 24 libros por 350 €. La reunión empieza a las 16:45 en la sala 7.",
    "zh": "2024年3月5日，他花了120元买了3本书。会议在下午2点30分开始，大约有45人参加。",
    "ja": "2024年3月5日に、本を3冊買って1200円払いました。会議は午後2時30分に始まり、45人が参加します。",
    "ru": "5 марта 2024 года мы заплатили 1250 рублей за 12 стульев. Поезд в 14:30 прибывает через 45 минут.",
}
