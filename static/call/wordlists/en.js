// @ts-check
// The English words of a comparison: 1,024, so that each says ten bits. Everyday words that are
// told apart by ear: no two begin with the same four letters or differ by a single one.

export const WORDS = `
  acorn acre acrobat adobe advice agenda airport airship album alcove almanac almond alphabet
  alpine alto amber anemone ankle antenna anthem antler anvil apex apricot apron aquarium arbor
  arcade archive arena armchair arrival artist artwork aspen athlete atlas atrium attic auburn
  audience author avenue avocado award azure backpack badge bagel bagpipe bakery balloon balsam
  bamboo banana banjo banner barn basin basket beacon beam beehive bench bicycle binder biology
  blanket blazer blender blink blizzard blossom blouse bluebell boat bobbin bolero bongo bonnet
  bonus bookcase boots botany bouquet bracelet bramble branch broccoli bronze brownie brush bubble
  budget buffalo bugle builder bulb bulletin bundle bungalow bushel butter cabin caboose cactus
  cadence cake calcium calico camera campus canal candy canopy canteen canyon captain caravan
  carbon cardinal cargo carnival carpet carriage cartoon cascade cashew catcher cauldron cedar
  celery cement century ceramic champion channel chapter chart cheese chess chicken chimney
  chipmunk chisel chorus chrome chutney cilantro cinema circle citrus clapper clarinet classic
  climate clock cloud clover cluster coach coast cobalt cobbler coconut column comedy comfort
  commerce compost concept condor confetti cookie copper corduroy corner corridor cosmos costume
  cotton coupon courage crayon crepe cricket crimson crocus croquet cube cucumber cuff cupboard
  cupcake curve cushion custard cylinder daffodil dahlia daisy dancer daybreak decimal decor
  degree delight delta derby design desk detail diagram dial diamond diary digit dimple dinghy
  dinner diploma disco display distance dog dollar dolphin dome doorway dragon drawer dream dress
  driver duckling duet dugout dumpling dynamo eagle earring earth eclipse editor eggplant elastic
  elbow elder electron elevator elk emblem emerald emu enamel encore energy engine enigma entrance
  envelope episode epoch equator eraser errand espresso essay estate evening example exchange
  exhibit expert explorer eyebrow fabric factory falcon farm fashion faucet fence ferret festival
  fiddle field fig figure film filter finch finger firefly fjord flamingo flannel flap flask
  flavor fleece flight florist fluff focus foliage fondue fork formula fortune forum fossil foyer
  fragment frame freckle freezer friend frog frost fruit fudge fuel funnel furrow future gadget
  galaxy gallery game garage garden garlic garnet gazelle gecko geology geranium gesture geyser
  giant gift giraffe glacier glaze glider glitter globe glue goblet goggles goldfish golf gondola
  gopher gourd grace granite gravy grid grotto ground grove guava guide guitar gust gymnast
  halibut hallway hammock hamster hand harmony harp harvest hat haven haystack hazel header hedge
  heirloom helium heritage hexagon hiccup hickory highway hill hinge history hive hockey homework
  honey horizon hotel hummus hundred hurdle hyacinth hydrant iceberg idea iguana image index
  indigo inlet insect inventor invite iris iron island isotope item ivory jacket jade jaguar jar
  jazz jelly jigsaw jogger joke journal joy jubilee juggler juice jumper jungle juniper kangaroo
  kayak kazoo kelp ketchup kettle keyboard keyhole kiln kilogram kimono kindness kingdom kiosk
  kitchen kite kiwi knuckle koala label lace ladder lagoon lamp landing language lantern laptop
  latitude launch laurel lavender league leather lecture legend legume length lentil lettuce
  library lid lifeboat lilac limerick linen loaf lobby lobster loft lollipop loom lounge luggage
  lullaby lunar luxury lyric macaroni maestro magenta magic magnolia magpie mahogany mailbox
  mallard mammoth manatee mandarin manual maple marathon marble march margin marigold market
  marzipan mask mattress meadow measure melody memory mentor menu mercury mermaid message meteor
  method metro midday midnight milk million mimosa mineral minivan mint miracle mitten mixture
  model molecule moment month monument moon mop morsel mosaic motor mountain mouse movie muffin
  mug mulberry mural museum nacho nail napkin narrator nature nautilus nebula necklace nectar neon
  network newt niche nine noodle nook north notebook nova novel nugget number nutmeg nutshell
  nylon oasis oatmeal object oboe observer ocean octave octopus office oil olive omelet onion onyx
  opera optics orange orbit orchard oregano oriole ornament osprey ostrich otter outdoors outfit
  outline oval overture oxygen oyster ozone paddock painter pancake panda pantry papaya paper
  paprika parade parcel parka parsley passport pasta path patio pattern pavement pavilion peach
  peanut pebble pecan pedestal pelican pencil pendant penguin peony perfume petunia pewter
  pheasant phoenix phone photo physics piano piccolo picnic picture pigeon pillow pink pioneer
  pixel pizza planet plaster platinum plaza plumage plywood pocket podium poem polka pollen
  polygon poncho pond popcorn poplar porch porpoise porridge portrait postcard potato pottery
  powder prairie prawn prelude pretzel primrose prince prism protein pudding pulley pumpkin puppy
  purple puzzle pyramid quality quarter question quiche quilt quince quiver quiz quote raccoon
  radar radio raft rainbow raisin rapids rattle recipe record redwood reindeer relay relish rhino
  rhubarb rhythm ribbon ridge ripple rivet robot roller roof rooster rosemary rotation rotunda
  rucksack rugby runner runway saddle saga sailboat salad salon salsa samba sample sandwich
  sapling sapphire sardine satin sauce sawdust scallop scarf scenic schedule school science
  scooter scope scout screen scribe scroll sculptor season seat seaweed seesaw sequoia sesame
  seven shampoo shape shell sherbet shirt shoelace shoulder shrub shuttle sidewalk siesta signal
  silver sketch ski skyline sleeve slide slipper slogan smile smock snack snapper snorkel snow
  soccer soda solo solstice sombrero sonata soprano sorbet sound soup south souvenir soybean space
  spaniel spark spatula speaker spectrum sphere spinach spiral splash sponge spoon sport sprinkle
  sprout spruce square squirrel stadium stairway stamp stanza starfish station steam stencil
  stereo steward sticker stitch stone stork straw street student sugar suitcase summit sunbeam
  sunset supper surprise sweater swift swing sycamore symphony syrup tabby tablet taco tadpole
  talent talk tandem tango tap tapestry tartan tassel taxi teacher teapot teaspoon telegram tempo
  tennis terrier test texture thatch thermos thimble thinker thousand thread thumb tiara ticket
  tiger time tin tinsel toffee tofu token tomato toolbox topaz topic topsoil tortoise tourist
  tower tractor trail transit trapeze travel treasure treble tree triangle trinket tripod trolley
  trombone trophy trout truck truffle trumpet tub tugboat tulip tuna tundra turbine turmeric
  turnip turtle tutor tweed twelve twenty twig twilight twine twirl twist ukulele umbrella unicorn
  uniform universe upbeat usher utensil vacation valve vanilla variety varnish velvet veranda
  viaduct video village vinegar vinyl violet vision vista voice volley volume voucher vowel voyage
  waffle wagon walkway wallet walrus waltz warbler wardrobe warmth watch water weaver weekend
  wharf whistle wicker width wildlife wind winter wire wisdom wizard wombat wonder woodwind wool
  workshop world wreath wrist xenon yacht yak yard year yeast yellow yoga yogurt zeal zebra zephyr
  zero zipper zodiac zoology zucchini
`
  .trim()
  .split(/\s+/);
