// @ts-check
// The German words of a comparison: 1,024, so that each says ten bits. Everyday words that are
// told apart by ear: no two begin with the same four letters or differ by a single one.

export const WORDS = `
  Abend Abflug Absatz Abstand Abteil Achse Acker Adler Adresse Akkord Akte Akzent Alarm Album
  Alltag Almanach Alpen Alphabet Altstadt Amboss Ameise Ampel Ananas Anemone Anfang Angebot Anis
  Ankunft Anlage Anruf Antenne Antrag Antwort Anzeige Anzug Apfel Applaus April Aquarell Arbeit
  Archiv Arena Arktis Arm Armband Aroma Artikel Asphalt Astronom Atelier Atem Atlas Aufsatz
  Auftrag Aufzug Auge August Auktion Ausblick Ausflug Auskunft Auslage Aussicht Ausweis Auto Azur
  Bach Bahnhof Balken Ballett Balsam Bambus Banane Band Banjo Banner Bariton Basar Basis Batterie
  Baum Beamer Becher Becken Beginn Beifall Beispiel Beitrag Belag Berater Berg Bericht Besteck
  Besuch Beton Beutel Biber Bilanz Bild Billard Birne Bison Blatt Blende Blick Blinker Blume Boden
  Bohrer Boje Bolzen Bonbon Bongo Boot Borke Botanik Braten Brauch Brett Brezel Brief Brille
  Bronze Brosche Brunnen Bucht Burger Bus Bussard Butter Camping Cello Cembalo Chance Chemie Chor
  Clown Collage Comic Computer Cupcake Damm Dampf Dank Datum Daumen Decke Deich Dekade Dekor
  Delfin Delta Denkmal Depot Design Detail Dezember Diagramm Dialog Diamant Dichter Diesel Diplom
  Direktor Dirigent Diskus Dock Dollar Domino Dorf Drache Drehung Dreieck Drossel Drucker Dukaten
  Dutzend Dynamo Ebbe Ebene Echo Eckball Efeu Eiche Eidechse Eifer Eigelb Einband Eingang Einkauf
  Einlage Einsatz Eintopf Eis Eisberg Eisdiele Eisvogel Elch Element Elfe Elixier Elster Emaille
  Empfang Emu Energie Entwurf Enzian Epoche Epos Erbse Erdbeere Erde Erdnuss Erfinder Erfolg Erker
  Ernte Esprit Essen Essig Etage Etikett Etui Eule Fabrik Fagott Fahrrad Falke Fanfare Farbe Fasan
  Fassung Fax Februar Fechter Feier Feld Fenchel Fenster Ferne Fibel Fichte Film Filter Finale
  Finger Firnis Fisch Fjord Flachs Flamingo Flasche Flieder Floskel Flotte Fluss Fohlen Folge Form
  Forscher Fossil Foto Freude Frische Frost Fuchs Funk Furche Gabel Galaxie Galerie Galopp Garage
  Garn Garten Gast Gaukler Gazelle Gebirge Gecko Gedanke Geduld Gefieder Gegend Geige Gelee Genie
  Genuss Geologe Geruch Gesang Geschenk Gesicht Geste Getreide Gewebe Gilde Giraffe Gitarre Glanz
  Glas Glimmer Globus Gold Golfer Gondel Gong Graben Grad Grafik Granit Grotte Gruppe Gurke Haar
  Habicht Hafen Hagel Hain Halbmond Halle Hammer Hamster Handel Harfe Harmonie Haspel Haus Heft
  Heide Heimweg Heizung Helfer Helium Helm Henkel Herbst Hering Hilfe Himbeere Himmel Hinweis
  Hirsch Hobby Hof Hoffnung Holunder Holz Honig Horizont Horn Hotel Hufeisen Humor Humus Hund
  Husky Hymne Idee Iglu Ikone Imbiss Imker Impuls Index Indigo Ingwer Inhalt Insel Iris Jacke
  Jalousie Januar Jasmin Jazz Jeans Joghurt Joker Journal Jubel Juli Juwelier Kabinett Kaffee Kahn
  Kajak Kakao Kaktus Kalender Kalk Kamera Kamin Kanal Kantine Kapitel Kapuze Karawane Karneval
  Karo Karpfen Karren Karte Kasten Katalog Kaufhaus Kaugummi Kauz Kaviar Keks Keller Keramik Kern
  Kerze Kessel Kiel Kimono Kino Kiosk Kirsche Kiwi Klang Klasse Klavier Kleber Kleid Klemme Klima
  Klingel Klub Knete Knicks Knie Knospe Koala Koch Koffer Kohle Kokos Kolibri Komet Komma Kompass
  Konfetti Kontakt Konzert Kopf Koralle Korb Kordel Korken Kosmos Kraft Kragen Krake Kranz Krapfen
  Krawatte Kreis Kresse Kreuzung Kristall Krokodil Krone Krug Kuchen Kuckuck Kulisse Kultur Kunst
  Kupfer Kuppel Kurbel Kurier Kurve Kutsche Lack Laden Ladung Lakritz Lama Lametta Lampe Landhaus
  Laptop Lasagne Laser Lasso Laterne Lauf Laune Lavendel Legende Lehm Lehne Lehrer Leinwand Leiter
  Lektion Lenker Leopard Lesung Leuchte Lexikon Liane Libelle Licht Liga Lilie Limette Limonade
  Linde Lineal Liste Loge Logik Loipe Lorbeer Los Lotus Luft Luxus Lyrik Magazin Magma Magnet
  Mahagoni Mai Maler Mammut Manege Mantel Marathon Marder Marke Marmor Marzipan Maschine Material
  Matratze Matte Maulwurf Maurer Mechanik Medaille Meister Melodie Menge Menthol Menuett Mergel
  Messing Metall Meter Mikado Mikrofon Milch Million Mineral Minute Minze Mittag Mode Moment Monat
  Montag Monument Moped Morgen Mosaik Motiv Motor Muffin Mulde Murmel Muschel Museum Musik Muskel
  Muster Mut Nacht Napf Nase Nashorn Natur Nebel Nektar Nelke Neon Netz Neubau Nickel Nische
  Norden Note Notiz Nougat November Nudel Nummer Nylon Oboe Obst Odyssee Oktave Oktober Olive
  Omelett Oper Optik Orange Orbit Orchidee Ordner Oregano Orgel Original Ornament Osten Oval Ozean
  Packung Paddel Paella Paket Palast Palette Palme Panda Panorama Panther Papagei Papier Paprika
  Papyrus Parade Parcours Parfum Park Parodie Partitur Pass Pasta Pause Pavillon Pedal Pelikan
  Pendel Pension Pergola Periode Perle Pfad Pfanne Pfeffer Pfeiler Pferd Pfirsich Pflanze Pflege
  Pflug Pforte Pfosten Pfund Physik Pianist Picknick Pigment Pilot Pinguin Pinzette Pionier Pixel
  Pizza Plakat Plan Plastik Platte Plausch Podium Poesie Pokal Polka Polster Poncho Pony Pool
  Popcorn Portal Posaune Post Praline Prisma Probe Programm Prospekt Publikum Pudding Pullover
  Puls Puma Punkt Puppe Purpur Puzzle Pyramide Quadrat Quartett Quelle Quitte Quiz Radar Radio
  Rahmen Rakete Raps Raster Ratgeber Rathaus Raupe Rebhuhn Rechnung Redner Reflex Refrain Regal
  Regen Region Reifen Reihe Reim Rekord Relief Reptil Resonanz Rettich Revier Rhythmus Riegel Ring
  Rippe Risotto Roboter Roller Roman Rose Route Rubin Rucksack Ruder Ruhe Rumba Runde Safari
  Safran Saga Saison Sakko Salat Salbei Saline Salon Salto Salz Samt Sanduhr Saphir Satin Sattel
  Saturn Sauce Savanne Schalter Scheibe Schiff Schlaf Schmuck Schnabel Schotter Schritt Schule
  Schwamm See Segel Segler Segment Seite Sektor Sekunde Sellerie Semester Seminar Sender Senf
  Serenade Serie Sesam Siesta Signal Silber Sinfonie Sirup Sitz Skala Ski Slalom Smaragd Snack
  Sockel Sofa Solist Solo Sommer Sonate Sonne Sopran Spalier Spanne Spargel Spaten Specht Speise
  Spektrum Sperling Spiegel Spinat Spirale Spitze Sport Sprache Spross Spule Spur Stadion Stamm
  Standard Stapel Statue Staub Stein Stempel Steppe Stiefel Stift Stimme Stock Stollen Storch
  Strand Strecke Strich Strom Studie Stufe Stuhl Stunde Summe Surfer Symbol Szene Tabelle Tablett
  Tafel Takt Talent Tandem Tango Tanz Tapete Tasche Tastatur Taube Taucher Taxi Technik Teddy
  Telefon Tempo Tennis Tenor Teppich Termin Terrasse Test Textil Theater Thema Theorie Thymian
  Tier Tinte Tiramisu Titan Titel Toast Tomate Ton Topas Torte Tour Tower Tracht Traktor Trapez
  Traum Treffen Treppe Tresor Triangel Trick Trikot Triller Trommel Tropfen Tuba Tuch Tugend Tulpe
  Tundra Tunika Turbine Turnier Twist Ufer Uhr Ukulele Ulme Umfang Umgebung Umschlag Umwelt
  Uniform Urkunde Urlaub Urwald Utopie Vanille Variante Veilchen Ventil Veranda Verein Verlag Vers
  Video Viertel Violine Vision Vitamin Vitrine Vogel Vorbild Vorhang Vorort Vortrag Wachs Wagen
  Wald Walnuss Walzer Wanderer Wanne Weber Wechsel Weg Weiher Weile Weizen Welpe Weltall Wendung
  Werkzeug Westen Wichtel Widder Wildnis Wimper Wind Winkel Winter Wirbel Wissen Woche Wohnung
  Wolf Wolke Wort Wunder Wunsch Wurst Wurzel Yoga Zahl Zander Zapfen Zauber Zaun Zebra Zeder Zehe
  Zeichen Zeiger Zeit Zement Zentrum Zeppelin Zettel Zimmer Zimt Zinn Zirkus Zitat Zitrone Zobel
  Zoo Zucchini Zucker Zufall Zukunft Zunft Zweig Zwiebel Zylinder
`
  .trim()
  .split(/\s+/);
